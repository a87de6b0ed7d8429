// Stands between the program and the system, so that a test can put its clock forward and back, and fill its disk. A folder says what is
// so: `clock` holds the seconds that the wall clock is off, and while there is a file `full` nothing more can be written.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *in_world(char *path, size_t size, const char *name) {
    const char *folder = getenv("WORLD");
    snprintf(path, size, "%s/%s", folder ? folder : "/nowhere", name);
    return path;
}

static long seconds_off(void) {
    char path[512], text[32] = {0};
    int file = open(in_world(path, sizeof path, "clock"), O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    return count > 0 ? atol(text) : 0;
}

static int is_full(void) {
    char path[512];
    return access(in_world(path, sizeof path, "full"), F_OK) == 0;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(clock, at);
    if (done == 0 && clock == CLOCK_REALTIME) at->tv_sec += seconds_off();
    return done;
}

#define FULL(name, offset)                                                                \
    ssize_t name(int file, const void *bytes, size_t count, offset at) {                  \
        static ssize_t (*real)(int, const void *, size_t, offset);                        \
        if (!real) real = (ssize_t (*)(int, const void *, size_t, offset))dlsym(RTLD_NEXT, #name); \
        if (is_full()) {                                                                  \
            errno = ENOSPC;                                                               \
            return -1;                                                                    \
        }                                                                                 \
        return real(file, bytes, count, at);                                              \
    }

FULL(pwrite, off_t)
FULL(pwrite64, off64_t)
