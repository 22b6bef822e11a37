// Tells ThreadSanitizer of Swift's Mutex. Its fast path is inlined and seen; where threads contend, it calls into
// libswiftSynchronization, which is not instrumented, and every access under the lock looks like a race.
// To be preloaded (sanitize.sh).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

#define SELF __attribute__((swift_context)) void *self
#define SWIFT __attribute__((swiftcall))
#define HANDLE "$s15Synchronization12_MutexHandleV"

SWIFT void lock_slow(uint32_t thread, SELF) __asm__(HANDLE "9_lockSlowyys6UInt32VF");
SWIFT bool try_lock_slow(SELF) __asm__(HANDLE "12_tryLockSlowSbyF");
SWIFT void unlock_slow(SELF) __asm__(HANDLE "11_unlockSlowyyF");

static void note(const char *name, void *self) {
  void (*function)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, name);
  if (function) function(self);
}

SWIFT void lock_slow(uint32_t thread, SELF) {
  ((SWIFT void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, HANDLE "9_lockSlowyys6UInt32VF"))(thread, self);
  note("__tsan_acquire", self);
}

SWIFT bool try_lock_slow(SELF) {
  bool taken = ((SWIFT bool (*)(SELF))dlsym(RTLD_NEXT, HANDLE "12_tryLockSlowSbyF"))(self);
  if (taken) note("__tsan_acquire", self);
  return taken;
}

SWIFT void unlock_slow(SELF) {
  note("__tsan_release", self);
  ((SWIFT void (*)(SELF))dlsym(RTLD_NEXT, HANDLE "11_unlockSlowyyF"))(self);
}
