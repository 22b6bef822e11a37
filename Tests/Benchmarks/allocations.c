// Counts the blocks a program asks malloc(3) for, and writes the number to standard error at its end.
// cc -O2 -shared -fPIC -o allocations.so allocations.c; LD_PRELOAD=./allocations.so PROGRAM
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static atomic_ulong blocks;

void *malloc(size_t size) { blocks++; return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { blocks++; return __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { blocks++; return __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { blocks++; return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { blocks++; return __libc_memalign(alignment, size); }

int posix_memalign(void **place, size_t alignment, size_t size) {
  blocks++;
  void *block = __libc_memalign(alignment, size);
  if (!block) return ENOMEM;
  *place = block;
  return 0;
}

__attribute__((destructor)) static void report(void) { fprintf(stderr, "allocations %lu\n", blocks); }
