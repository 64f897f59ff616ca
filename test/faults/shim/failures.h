// Calls that fail instead of being carried out.

#ifndef FAULTS_FAILURES_H
#define FAULTS_FAILURES_H

// Calls by what they do, as a letter in the settings.
enum calls {
  WRITES = 'w',  // write, change a size
  NAMES = 'n',   // create, rename, remove
  OPENS = 'o',   // open for writing
  SYNCS = 's',
};

// The error with which a call has to fail, also in `errno`, or 0. To be asked once per call, under the lock of the journal.
int call_fails(enum calls calls);

#endif
