import CWherryLinux
import Glibc

/// A mutex with a condition, pthread_cond_timedwait(3): what `Mutex` cannot do is wait.
///
/// `@unchecked`: `value` is only touched between lock and unlock.
final class Monitor<Value>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var value: Value

  init(_ value: sending Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&value)
  }

  func wakeOne() {
    pthread_cond_signal(condition)
  }

  /// Evaluates `body` under the lock now and after each wake-up until it gives a value.
  /// `body` is told when `timeout` has passed since the start or since it asked to start anew.
  func wait<Result>(timeout: Duration, _ body: (inout Value, _ timedOut: Bool) -> Result?) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var timedOut = false
    while true {
      if let result = body(&value, timedOut) { return result }
      var deadline = timespec()
      clock_gettime(CLOCK_MONOTONIC, &deadline)
      let parts = timeout.components
      deadline.tv_sec += Int(parts.seconds)
      deadline.tv_nsec += Int(parts.attoseconds / 1_000_000_000)
      if deadline.tv_nsec >= 1_000_000_000 {
        deadline.tv_nsec -= 1_000_000_000
        deadline.tv_sec += 1
      }
      timedOut = pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT
    }
  }
}
