// See journal.h. Settings come from the environment:
//   FAULT_FOLDER   absolute path of the watched folder
//   FAULT_JOURNAL  file that records are appended to; none: no journal
//   FAULT_CUT      number of the record at which the process kills itself; none: never

#define _GNU_SOURCE
#include "journal.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *watched;
static size_t watched_bytes;
static int journal = -1;
static long left;

// By system call: the library's own functions are ours.
__attribute__((constructor)) static void start(void) {
  const char *file = getenv("FAULT_JOURNAL");
  const char *cut = getenv("FAULT_CUT");
  watched = getenv("FAULT_FOLDER");
  if (watched == NULL) return;
  watched_bytes = strlen(watched);
  left = cut == NULL ? LONG_MAX : atol(cut);
  if (file == NULL) return;
  int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;
  journal = (int)syscall(SYS_openat, AT_FDCWD, file, flags, 0600);
}

int journal_is_kept(void) { return journal >= 0; }

void journal_lock(void) { pthread_mutex_lock(&mutex); }

void journal_unlock(void) { pthread_mutex_unlock(&mutex); }

const char *watched_path(int folder, const char *path, char *buffer) {
  if (watched == NULL || path == NULL) return NULL;
  if (path[0] == '/') {
    if (snprintf(buffer, PATH_MAX, "%s", path) >= PATH_MAX) return NULL;
  } else {
    char link[64];
    char base[PATH_MAX];
    snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
    ssize_t bytes = readlink(link, base, sizeof base - 1);
    if (bytes < 0) return NULL;
    base[bytes] = '\0';
    if (snprintf(buffer, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return NULL;
  }
  if (strncmp(buffer, watched, watched_bytes) != 0) return NULL;
  if (buffer[watched_bytes] == '\0') return "";
  return buffer[watched_bytes] == '/' ? buffer + watched_bytes + 1 : NULL;
}

static void cut_power(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

void journal_write(const struct record *record) {
  if (--left < 0) cut_power();
  if (journal < 0) return;
  uint64_t head[4] = {
      (uint64_t)record->kind | (uint64_t)record->path_bytes << 32,
      (uint64_t)record->inode,
      record->offset,
      record->data_bytes,
  };
  struct iovec parts[3] = {
      {head, sizeof head},
      {(void *)record->path, record->path_bytes},
      {(void *)record->data, record->data_bytes},
  };
  ssize_t bytes = (ssize_t)(sizeof head + record->path_bytes + record->data_bytes);
  // A harness without its journal proves nothing.
  if (syscall(SYS_writev, journal, parts, 3) != bytes) abort();
}
