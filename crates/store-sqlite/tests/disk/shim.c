/* Stands between a process and its disk (LD_PRELOAD): writes down what is written to the store's files, what is synced and what is said
   on standard output, in their order, and lets writes and syncs fail on demand. What it writes down is what a power cut is made of.

   DISK_TRACE: the file to write to. DISK_FAULT: a letter and a count: `s7`, the seventh sync fails with EIO, and those after it succeed,
   as Linux has it; `w7`, the seventh write fails with EIO; `f7`, from the seventh write on there is no room, until the file that DISK_ROOM
   names is there; `k7`, the process is killed before the seventh write; `K7`, it is killed behind the seventh sync.

   A record: what (W, S, T, A), which file (1 database, 2 write-ahead log), offset, length, bytes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILES_MAX 4096

static unsigned char files[FILES_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;
static char fault;
static long fault_at, writes, syncs;
static const char *room;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("DISK_TRACE"), *said = getenv("DISK_FAULT");
    room = getenv("DISK_ROOM");
    if (path) trace = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (said && said[0]) {
        fault = said[0];
        fault_at = atol(said + 1);
    }
    /* Processes that this one starts are nobody's concern. */
    unsetenv("LD_PRELOAD");
}

static void note(char what, int file, uint64_t offset, uint64_t length, const void *bytes) {
    unsigned char head[18] = {(unsigned char)what, (unsigned char)file};
    if (trace < 0) return;
    memcpy(head + 2, &offset, 8);
    memcpy(head + 10, &length, 8);
    pthread_mutex_lock(&lock);
    syscall(SYS_write, trace, head, sizeof head);
    if (bytes && length) syscall(SYS_write, trace, bytes, length);
    pthread_mutex_unlock(&lock);
}

static int which(const char *path) {
    size_t length = strlen(path);
    if (length > 3 && !strcmp(path + length - 3, ".db")) return 1;
    if (length > 7 && !strcmp(path + length - 7, ".db-wal")) return 2;
    return 0;
}

static int of(int fd) { return fd >= 0 && fd < FILES_MAX ? files[fd] : 0; }

static int opened(int fd, const char *path) {
    if (fd >= 0 && fd < FILES_MAX) files[fd] = (unsigned char)which(path);
    return fd;
}

static mode_t mode_of(int flags, va_list rest) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; }

#define OPEN(name)                                                                     \
    int name(const char *path, int flags, ...) {                                       \
        va_list rest;                                                                  \
        va_start(rest, flags);                                                         \
        mode_t mode = mode_of(flags, rest);                                            \
        va_end(rest);                                                                  \
        return opened((int)syscall(SYS_openat, AT_FDCWD, path, flags, mode), path);    \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    if (fd >= 0 && fd < FILES_MAX) files[fd] = 0;
    return (int)syscall(SYS_close, fd);
}

/* Whether this write is to fail; errno says how. */
static int refused(void) {
    long nth = __atomic_add_fetch(&writes, 1, __ATOMIC_SEQ_CST);
    if (fault == 'w' && nth == fault_at) {
        errno = EIO;
        return 1;
    }
    if (fault == 'k' && nth == fault_at) syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    if (fault == 'f' && nth >= fault_at && !(room && access(room, F_OK) == 0)) {
        errno = ENOSPC;
        return 1;
    }
    return 0;
}

static ssize_t written(int fd, const void *bytes, size_t length, int64_t offset) {
    if (refused()) return -1;
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, length, offset);
    if (done > 0) note('W', of(fd), (uint64_t)offset, (uint64_t)done, bytes);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return of(fd) ? written(fd, bytes, length, offset) : syscall(SYS_pwrite64, fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    return of(fd) ? written(fd, bytes, length, offset) : syscall(SYS_pwrite64, fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (fd == 1) note('A', 0, 0, length, bytes);
    if (!of(fd)) return syscall(SYS_write, fd, bytes, length);
    off_t at = (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
    ssize_t done = written(fd, bytes, length, at);
    if (done > 0) syscall(SYS_lseek, fd, at + done, SEEK_SET);
    return done;
}

static int synced(int fd, long call) {
    int file = of(fd);
    if (file && fault == 's' && __atomic_add_fetch(&syncs, 1, __ATOMIC_SEQ_CST) == fault_at) {
        errno = EIO;
        return -1;
    }
    int done = (int)syscall(call, fd);
    if (file && !done) note('S', file, 0, 0, 0);
    if (file && fault == 'K' && __atomic_add_fetch(&syncs, 1, __ATOMIC_SEQ_CST) == fault_at) {
        syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    }
    return done;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int truncated(int fd, int64_t length) {
    int done = (int)syscall(SYS_ftruncate, fd, length);
    if (of(fd) && !done) note('T', of(fd), (uint64_t)length, 0, 0);
    return done;
}

int ftruncate(int fd, off_t length) { return truncated(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncated(fd, length); }
