// The journal of a watched folder: every call that changes it, in the order in which the calls were made. From it the
// harness builds what a power cut would have left (image.ts).
//
// A record stands in the journal before the caller learns that its call succeeded, and the next one is written after
// that. So what a caller was told is there, in order; of the last record the caller may not have been told.
//
//   kind u32 | path bytes u32 | inode u64 | offset u64 | data bytes u64 | path | data      little-endian

#ifndef FAULTS_JOURNAL_H
#define FAULTS_JOURNAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum kind {
  CREATE = 1,    // path, inode
  WRITE = 2,     // inode, offset, data
  TRUNCATE = 3,  // inode, offset = new size
  SYNC = 4,      // inode: everything before is on the card
  SYNC_FOLDER = 5, // path of a folder: its names are on the card
  RENAME = 6,    // path = from \0 to
  UNLINK = 7,    // path
  MKDIR = 8,     // path
  RMDIR = 9,     // path
  SYNC_FAILED = 10, // inode: what was not on the card before never will be, though it can still be read
};

struct record {
  enum kind kind;
  ino_t inode;
  uint64_t offset;
  const char *path;
  size_t path_bytes;
  const void *data;
  size_t data_bytes;
};

// Whether records are written: without, a watched folder is only made to fail.
int journal_is_kept(void);

// Calls that touch the folder run one at a time between these two.
void journal_lock(void);
void journal_unlock(void);

// The path below the watched folder ("" for the folder itself), or NULL when it lies elsewhere. `folder` is a
// descriptor as in openat(2). The result is `buffer`, of PATH_MAX bytes, or a part of it.
const char *watched_path(int folder, const char *path, char *buffer);

// Writes a record. Kills the process instead if this is the one at which the power is cut.
void journal_write(const struct record *record);

#endif
