import CWherryLinux
import Glibc

/// Threads for system calls that block: fsync, mount, large reads. The cooperative pool and
/// event loops never run those.
///
/// At most `maximumThreads` run at once; they start when there is work and end after
/// `idleTimeout` without. Work waits in order. A cancelled task's work still runs: clean-up
/// must work in cancelled tasks too. Check for cancellation before calling.
package final class BlockingPool: Sendable {
  private struct State {
    var jobs: [@Sendable () -> Void] = []
    var head = 0
    var threads = 0
    var idle = 0
  }

  private let state: Monitor<State>
  private let maximumThreads: Int
  private let idleTimeout: Duration
  private let stackSize: Int

  package init(
    maximumThreads: Int = 4, idleTimeout: Duration = .milliseconds(50), stackSize: Int = 512 << 10
  ) {
    self.maximumThreads = max(1, maximumThreads)
    self.idleTimeout = idleTimeout
    self.stackSize = stackSize
    state = Monitor(State())
  }

  /// Runs `body` on a thread of the pool and returns or throws what it does.
  package func run<Value, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> sending Value
  ) async throws(Failure) -> sending Value {
    let outcome: Outcome<Value, Failure> = await withCheckedContinuation { continuation in
      enqueue {
        do throws(Failure) {
          continuation.resume(returning: Outcome(.success(try body())))
        } catch {
          continuation.resume(returning: Outcome(.failure(error)))
        }
      }
    }
    return try outcome.result.get()
  }

  /// Threads alive, for tests and figures.
  package var threadCount: Int { state.withLock(\.threads) }

  private func enqueue(_ job: @escaping @Sendable () -> Void) {
    let starts = state.withLock { state in
      state.jobs.append(job)
      let waiting = state.jobs.count - state.head
      if waiting <= state.idle || state.threads >= maximumThreads { return false }
      state.threads += 1
      return true
    }
    state.wakeOne()
    guard starts else { return }
    do {
      try WorkerThread.start(stackSize: stackSize) { self.work() }
    } catch {
      // No thread can be had (EAGAIN). Others will take the job; without any, this one does.
      let alone = state.withLock { state in
        state.threads -= 1
        return state.threads == 0
      }
      if alone { drain() }
    }
  }

  private func work() {
    while let job = next() { job() }
  }

  /// Runs what waits on the calling thread.
  private func drain() {
    while let job = state.withLock({ Self.take(&$0) }) { job() }
  }

  private func next() -> (@Sendable () -> Void)? {
    state.withLock { $0.idle += 1 }
    return state.wait(timeout: idleTimeout) { state, timedOut -> (@Sendable () -> Void)?? in
      if let job = Self.take(&state) {
        state.idle -= 1
        return .some(job)
      }
      guard timedOut else { return nil }
      state.idle -= 1
      state.threads -= 1
      return .some(nil)
    }
  }

  private static func take(_ state: inout State) -> (@Sendable () -> Void)? {
    guard state.head < state.jobs.count else { return nil }
    let job = state.jobs[state.head]
    state.head += 1
    if state.head == state.jobs.count || state.head >= 256 {
      state.jobs.removeFirst(state.head)
      state.head = 0
    }
    return job
  }
}

/// Carries a value that is not Sendable from the thread that made it to the one task that
/// waits; `sending` guarantees that nobody else has it, which the compiler cannot see here.
private struct Outcome<Value, Failure: Error>: @unchecked Sendable {
  let result: Result<Value, Failure>

  init(_ result: Result<Value, Failure>) {
    self.result = result
  }
}
