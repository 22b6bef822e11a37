import CWherryLinux
import Glibc
import Synchronization

/// Waits for descriptors to become readable or writable, on one thread for the whole process
/// (epoll(7)). The thread starts with the first wait and ends some seconds after the last.
///
/// Each wait watches a duplicate of the descriptor: two waits never meet in the kernel's table,
/// and closing the original while somebody waits cannot wake the wrong one.
package final class Readiness: Sendable {
  package enum Interest: Sendable {
    case readable
    case writable
  }

  /// The process's own. A second one is for tests.
  package static let shared = Readiness()

  private struct Waiter {
    var descriptor: Int32
    var resume: @Sendable (Result<Void, any Error>) -> Void
  }

  private struct State {
    var poll: Int32 = -1
    var running = false
    var next: UInt64 = 1
    var waiters: [UInt64: Waiter] = [:]
    var cancelledEarly: Set<UInt64> = []
  }

  private let state = Mutex(State())
  private static let idleMilliseconds: Int32 = 5000

  package init() {}

  deinit {
    state.withLock { if $0.poll >= 0 { _ = close($0.poll) } }
  }

  /// Returns when `descriptor` is ready, hung up or in error. Regular files always are.
  /// Throws `CancellationError` promptly when the task is cancelled.
  package func wait(_ descriptor: Int32, for interest: Interest) async throws {
    let token = state.withLock { state in
      let token = state.next
      state.next &+= 1
      return token
    }
    // Cancelled just after it was served: nobody else takes the note away.
    defer { state.withLock { _ = $0.cancelledEarly.remove(token) } }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        add(token, descriptor, interest) { continuation.resume(with: $0) }
      }
    } onCancel: {
      cancel(token)
    }
  }

  /// Calls `body` once when `descriptor` is ready, from the polling thread: it must not block.
  func notify(_ descriptor: Int32, for interest: Interest, _ body: @escaping @Sendable () -> Void) {
    let token = state.withLock { state in
      let token = state.next
      state.next &+= 1
      return token
    }
    add(token, descriptor, interest) { _ in body() }
  }

  private func add(
    _ token: UInt64, _ descriptor: Int32, _ interest: Interest,
    _ resume: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) {
    let outcome = state.withLock { state -> Result<Void, any Error>? in
      if state.cancelledEarly.remove(token) != nil { return .failure(CancellationError()) }
      do {
        return try register(token, descriptor, interest, resume, &state) ? nil : .success(())
      } catch {
        return .failure(error)
      }
    }
    if let outcome { resume(outcome) }
  }

  /// False when the descriptor is always ready.
  private func register(
    _ token: UInt64, _ descriptor: Int32, _ interest: Interest,
    _ resume: @escaping @Sendable (Result<Void, any Error>) -> Void, _ state: inout State
  ) throws(SystemError) -> Bool {
    if state.poll < 0 {
      state.poll = try systemCall("make", "epoll descriptor") { epoll_create1(Int32(EPOLL_CLOEXEC)) }
    }
    let watched = try FileDescriptor.duplicating(descriptor)
    let direction = interest == .readable ? EPOLLIN.rawValue | EPOLLRDHUP.rawValue : EPOLLOUT.rawValue
    let events = direction | EPOLLONESHOT.rawValue
    if wherry_epoll_ctl(state.poll, EPOLL_CTL_ADD, watched.rawValue, events, token) == -1 {
      // A regular file or folder: never waits.
      if errno == EPERM { return false }
      throw .last("watch", "descriptor \(descriptor)")
    }
    if !state.running { try start(&state) }
    state.waiters[token] = Waiter(descriptor: watched.release(), resume: resume)
    return true
  }

  private func start(_ state: inout State) throws(SystemError) {
    let poll = state.poll
    try WorkerThread.start(stackSize: 128 << 10) { self.poll(poll) }
    state.running = true
  }

  private func cancel(_ token: UInt64) {
    let waiter = state.withLock { state -> Waiter? in
      if let waiter = state.waiters.removeValue(forKey: token) {
        epoll_ctl(state.poll, EPOLL_CTL_DEL, waiter.descriptor, nil)
        _ = close(waiter.descriptor)
        return waiter
      }
      // Cancelled before it was added: `add` finds it. A token already served is above reproach.
      state.cancelledEarly.insert(token)
      return nil
    }
    waiter?.resume(.failure(CancellationError()))
  }

  private func poll(_ descriptor: Int32) {
    var events = [epoll_event](repeating: epoll_event(), count: 64)
    while true {
      // No wake-ups while somebody waits. A wait that is added while this sleeps is seen at once.
      let timeout = state.withLock { $0.waiters.isEmpty ? Self.idleMilliseconds : -1 }
      let count = epoll_wait(descriptor, &events, Int32(events.count), timeout)
      if count <= 0 {
        let ended = state.withLock { state in
          if !state.waiters.isEmpty { return false }
          state.running = false
          return true
        }
        if ended { return }
        continue
      }
      for event in events.prefix(Int(count)) {
        let waiter = state.withLock { state -> Waiter? in
          guard let waiter = state.waiters.removeValue(forKey: event.data.u64) else { return nil }
          epoll_ctl(state.poll, EPOLL_CTL_DEL, waiter.descriptor, nil)
          _ = close(waiter.descriptor)
          return waiter
        }
        waiter?.resume(.success(()))
      }
    }
  }
}
