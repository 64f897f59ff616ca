// The calls that change files, put before the C library's by LD_PRELOAD. Calls outside the watched folder pass
// through; those inside fail when it is their turn to (failures.h), or else are written to the journal and carried out,
// but for syncs: what they would make durable is decided by the journal, where one is kept.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "failures.h"
#include "journal.h"

// Descriptors of watched files. Higher ones are never ours: the gateway opens a handful.
#define DESCRIPTORS 4096
static struct {
  enum what { UNWATCHED, FILE_, FOLDER } what;
  ino_t inode;
  dev_t device;
  char path[256];  // of a folder
} descriptors[DESCRIPTORS];

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

// libuv closes by system call, past `close` below: the number may have become another's, an event's of a thread say.
static enum what what_is(int fd) {
  if (fd < 0 || fd >= DESCRIPTORS || descriptors[fd].what == UNWATCHED) return UNWATCHED;
  struct stat now;
  if (fstat(fd, &now) != 0 || now.st_ino != descriptors[fd].inode || now.st_dev != descriptors[fd].device)
    descriptors[fd].what = UNWATCHED;
  return descriptors[fd].what;
}

static int is_file(int fd) { return what_is(fd) == FILE_; }

static void journal_name(enum kind kind, const char *path, ino_t inode) {
  struct record record = {.kind = kind, .inode = inode, .path = path, .path_bytes = strlen(path)};
  journal_write(&record);
}

static void journal_data(int fd, const void *data, size_t bytes, off_t offset) {
  struct record record = {
      .kind = WRITE,
      .inode = descriptors[fd].inode,
      .offset = (uint64_t)offset,
      .data = data,
      .data_bytes = bytes,
  };
  journal_write(&record);
}

static void journal_size(ino_t inode, off_t size) {
  struct record record = {.kind = TRUNCATE, .inode = inode, .offset = (uint64_t)size};
  journal_write(&record);
}

static int open_watched(int folder, const char *path, int flags, mode_t mode) {
  char buffer[PATH_MAX];
  const char *name = watched_path(folder, path, buffer);
  if (name == NULL) return REAL(openat)(folder, path, flags, mode);
  journal_lock();
  struct stat before, after;
  int existed = fstatat(folder, path, &before, 0) == 0;
  int creates = !existed && flags & O_CREAT;
  if ((creates && call_fails(NAMES)) || (flags & (O_WRONLY | O_RDWR) && call_fails(OPENS))) {
    journal_unlock();
    return -1;
  }
  int fd = REAL(openat)(folder, path, flags, mode);
  if (fd >= 0 && fd < DESCRIPTORS && fstat(fd, &after) == 0) {
    int is_folder = S_ISDIR(after.st_mode);
    descriptors[fd].what = is_folder ? FOLDER : FILE_;
    descriptors[fd].inode = after.st_ino;
    descriptors[fd].device = after.st_dev;
    if (is_folder) snprintf(descriptors[fd].path, sizeof descriptors[fd].path, "%s", name);
    else if (!existed) journal_name(CREATE, name, after.st_ino);
    else if (flags & O_TRUNC) journal_size(after.st_ino, 0);
  }
  journal_unlock();
  return fd;
}

#define OPEN_MODE(flags, mode)                   \
  mode_t mode = 0;                               \
  if ((flags) & (O_CREAT | __O_TMPFILE)) {       \
    va_list arguments;                           \
    va_start(arguments, flags);                  \
    mode = (mode_t)va_arg(arguments, unsigned);  \
    va_end(arguments);                           \
  }

int open(const char *path, int flags, ...) {
  OPEN_MODE(flags, mode)
  return open_watched(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  OPEN_MODE(flags, mode)
  return open_watched(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char *path, int flags, ...) {
  OPEN_MODE(flags, mode)
  return open_watched(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
  OPEN_MODE(flags, mode)
  return open_watched(folder, path, flags | O_LARGEFILE, mode);
}

int close(int fd) {
  if (fd >= 0 && fd < DESCRIPTORS) descriptors[fd].what = UNWATCHED;
  return REAL(close)(fd);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) {
  if (!is_file(fd)) return REAL(pwrite)(fd, data, bytes, offset);
  journal_lock();
  ssize_t written = -1;
  if (!call_fails(WRITES)) {
    journal_data(fd, data, bytes, offset);
    written = REAL(pwrite)(fd, data, bytes, offset);
  }
  journal_unlock();
  return written;
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t offset) {
  return pwrite(fd, data, bytes, offset);
}

ssize_t write(int fd, const void *data, size_t bytes) {
  if (!is_file(fd)) return REAL(write)(fd, data, bytes);
  journal_lock();
  ssize_t written = -1;
  if (!call_fails(WRITES)) {
    int at_end = fcntl(fd, F_GETFL) & O_APPEND;
    journal_data(fd, data, bytes, lseek(fd, 0, at_end ? SEEK_END : SEEK_CUR));
    written = REAL(write)(fd, data, bytes);
  }
  journal_unlock();
  return written;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  if (!is_file(fd)) return REAL(pwritev)(fd, parts, count, offset);
  ssize_t total = 0;
  for (int part = 0; part < count; part++) {
    ssize_t written = pwrite(fd, parts[part].iov_base, parts[part].iov_len, offset + total);
    if (written < 0) return total > 0 ? total : written;
    total += written;
  }
  return total;
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  return pwritev(fd, parts, count, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (!is_file(fd)) return REAL(writev)(fd, parts, count);
  ssize_t total = 0;
  for (int part = 0; part < count; part++) {
    ssize_t written = write(fd, parts[part].iov_base, parts[part].iov_len);
    if (written < 0) return total > 0 ? total : written;
    total += written;
  }
  return total;
}

int ftruncate(int fd, off_t size) {
  if (!is_file(fd)) return REAL(ftruncate)(fd, size);
  journal_lock();
  int result = -1;
  if (!call_fails(WRITES)) {
    journal_size(descriptors[fd].inode, size);
    result = REAL(ftruncate)(fd, size);
  }
  journal_unlock();
  return result;
}

int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

int fsync(int fd) {
  enum what what = what_is(fd);
  if (what == UNWATCHED) return REAL(fsync)(fd);
  journal_lock();
  int failed = call_fails(SYNCS);
  if (what == FILE_) journal_name(failed ? SYNC_FAILED : SYNC, "", descriptors[fd].inode);
  else if (!failed) journal_name(SYNC_FOLDER, descriptors[fd].path, 0);
  journal_unlock();
  if (failed) {
    errno = failed;
    return -1;
  }
  return journal_is_kept() ? 0 : REAL(fsync)(fd);
}

int fdatasync(int fd) { return fsync(fd); }

int rename(const char *from, const char *to) {
  char from_buffer[PATH_MAX], to_buffer[PATH_MAX], both[2 * PATH_MAX];
  const char *from_name = watched_path(AT_FDCWD, from, from_buffer);
  const char *to_name = watched_path(AT_FDCWD, to, to_buffer);
  if (from_name == NULL || to_name == NULL) return REAL(rename)(from, to);
  int bytes = snprintf(both, sizeof both, "%s%c%s", from_name, '\0', to_name);
  journal_lock();
  int result = -1;
  if (!call_fails(NAMES)) {
    struct record record = {.kind = RENAME, .path = both, .path_bytes = (size_t)bytes};
    journal_write(&record);
    result = REAL(rename)(from, to);
  }
  journal_unlock();
  return result;
}

// A call that fails has changed nothing, so it is carried out first; nobody else can see it in between.
static int named(enum kind kind, const char *name, int result) {
  if (result == 0) journal_name(kind, name, 0);
  journal_unlock();
  return result;
}

int unlinkat(int folder, const char *path, int flags) {
  char buffer[PATH_MAX];
  const char *name = watched_path(folder, path, buffer);
  if (name == NULL) return REAL(unlinkat)(folder, path, flags);
  journal_lock();
  int result = call_fails(NAMES) ? -1 : REAL(unlinkat)(folder, path, flags);
  return named(flags & AT_REMOVEDIR ? RMDIR : UNLINK, name, result);
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

// The library's own would go past us.
int remove(const char *path) {
  int result = unlink(path);
  return result == 0 || (errno != EISDIR && errno != EPERM) ? result : rmdir(path);
}

int mkdir(const char *path, mode_t mode) {
  char buffer[PATH_MAX];
  const char *name = watched_path(AT_FDCWD, path, buffer);
  if (name == NULL || name[0] == '\0') return REAL(mkdir)(path, mode);
  journal_lock();
  return named(MKDIR, name, call_fails(NAMES) ? -1 : REAL(mkdir)(path, mode));
}
