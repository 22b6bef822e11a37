#define _GNU_SOURCE
#include "CWherryLinux.h"

#include <link.h>
#include <linux/fs.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/timex.h>
#include <unistd.h>

_Static_assert(WHERRY_O_PATH == O_PATH, "O_PATH differs on this architecture");

int wherry_cpu_count(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) < 0) return -1;
  return CPU_COUNT(&set);
}

int wherry_is_mount_root(const char *path) {
  struct statx facts;
  // Without asking a server that may be gone, and without mounting anything.
  int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
  if (statx(AT_FDCWD, path, flags, 0, &facts) < 0) return -1;
  if (!(facts.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT)) {
    errno = ENOSYS;
    return -1;
  }
  return (facts.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

struct low_descriptors {
  void (*body)(void *);
  void *context;
  int error;
};

static void *run_with_low_descriptors(void *argument) {
  struct low_descriptors *call = argument;
  // The thread's own table from here on: nobody else loses a descriptor.
  if (unshare(CLONE_FILES) < 0) {
    call->error = errno;
    return NULL;
  }
  // Few are needed. All of them would be many where there are many containers.
  for (int descriptor = 3; descriptor < 64; descriptor++) close(descriptor);
  call->body(call->context);
  return NULL;
}

int wherry_with_low_descriptors(void (*body)(void *), void *context) {
  struct low_descriptors call = {body, context, 0};
  pthread_t thread;
  int error = pthread_create(&thread, NULL, run_with_low_descriptors, &call);
  if (error) return error;
  error = pthread_join(thread, NULL);
  return error ? error : call.error;
}

const char *wherry_error_text(int number) { return strerrordesc_np(number); }

int wherry_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest) {
  return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

int wherry_spawn_change_folder(posix_spawn_file_actions_t *actions, const char *path) {
  return posix_spawn_file_actions_addchdir_np(actions, path);
}

uint64_t wherry_memory(void) {
  struct sysinfo info;
  return sysinfo(&info) < 0 ? 0 : (uint64_t)info.totalram * info.mem_unit;
}

int wherry_open_terminal(int ends[2]) {
  ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ends[0] < 0) return -1;
  // The other end by its descriptor, not by a name in a /dev/pts that may be another's.
  if (unlockpt(ends[0]) == 0) {
    ends[1] = ioctl(ends[0], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ends[1] >= 0) return 0;
  }
  int error = errno;
  close(ends[0]);
  errno = error;
  return -1;
}

int wherry_clone_file(int to, int from) { return ioctl(to, FICLONE, from); }

void wherry_use_one_arena(void) { (void)mallopt(M_ARENA_MAX, 1); }

void wherry_trim_memory(void) { (void)malloc_trim(0); }

// A segment that cannot be written holds what the file holds, unless there are relocations in it.
static int drop_code_of(struct dl_phdr_info *object, size_t size, void *page_size) {
  (void)size;
  uintptr_t page = *(uintptr_t *)page_size;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    if (object->dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++) {
      if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && entry->d_un.d_val & DF_TEXTREL)) return 0;
    }
  }
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
    uintptr_t start = object->dlpi_addr + segment->p_vaddr, end = start + segment->p_memsz;
    start &= ~(page - 1);
    // What follows in the last page may be another segment's.
    end &= ~(page - 1);
    if (end > start) (void)madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return 0;
}

void wherry_drop_code(void) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  (void)dl_iterate_phdr(drop_code_of, &page);
}

int wherry_clock_is_free(void) {
  struct timex state = {0};
  if (adjtimex(&state) < 0) return -1;
  return (state.status & STA_UNSYNC) != 0;
}
