// See failures.h. Settings come from the environment:
//   FAULT_FAIL    "letters errno first count": of all calls that these letters stand for, so many from the first-th on
//   FAULT_SWITCH  a file; while it exists, its text "letters errno milliseconds" says which calls take so much longer,
//                 and fail unless errno is 0
// What the second says may change while the process runs.

#define _GNU_SOURCE
#include "failures.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char letters[8];
static int error;
static long first = -1, count;
static const char *switch_file;

__attribute__((constructor)) static void start(void) {
  const char *fail = getenv("FAULT_FAIL");
  switch_file = getenv("FAULT_SWITCH");
  if (fail != NULL && sscanf(fail, "%7s %d %ld %ld", letters, &error, &first, &count) != 4) abort();
}

static int switched_off(enum calls calls) {
  if (switch_file == NULL) return 0;
  int file = (int)syscall(SYS_openat, AT_FDCWD, switch_file, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[32] = {0}, which[8];
  int number = 0, milliseconds = 0;
  ssize_t bytes = syscall(SYS_read, file, text, sizeof text - 1);
  syscall(SYS_close, file);
  // An empty file is being written just now.
  if (bytes <= 0 || sscanf(text, "%7s %d %d", which, &number, &milliseconds) != 3) return 0;
  if (strchr(which, calls) == NULL) return 0;
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  nanosleep(&time, NULL);
  return number;
}

int call_fails(enum calls calls) {
  int number = switched_off(calls);
  if (number == 0 && first > 0 && strchr(letters, calls) != NULL) {
    if (--first == 0 && count-- > 0) {
      number = error;
      first = 1;
    }
  }
  if (number != 0) errno = number;
  return number;
}
