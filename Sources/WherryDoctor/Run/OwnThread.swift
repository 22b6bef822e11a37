import Synchronization
import WherryLinux

/// Work that may never come back: a dead network file system, a card that hangs.
enum OwnThread {
  /// Of those that have not come back; beyond, nothing more is begun.
  private static let maximum = 32
  private static let running = Atomic<Int>(0)

  /// Runs `body` on a thread of its own and waits at most `limit` for it. Nil where it took longer: the thread then
  /// stays until the kernel lets it go, and its result is dropped.
  static func run<Value: Sendable>(
    limit: Duration, _ body: @escaping @Sendable () -> Value
  ) async -> Value? {
    let place = MeetingPlace<Value>()
    return await withTaskGroup(of: Void.self) { group -> Value? in
      group.addTask {
        // Cancelled, nobody waits any more either.
        do { try await Task.sleep(for: limit) } catch {}
        place.settle(nil)
      }
      let value: Value? = await withCheckedContinuation {
        (continuation: CheckedContinuation<Value?, Never>) in
        place.wait(continuation)
        guard running.wrappingAdd(1, ordering: .relaxed).newValue <= maximum else {
          running.wrappingSubtract(1, ordering: .relaxed)
          return place.settle(nil)
        }
        do throws(SystemError) {
          try WorkerThread.start(stackSize: 512 << 10) {
            let value = body()
            running.wrappingSubtract(1, ordering: .relaxed)
            place.settle(value)
          }
        } catch {
          running.wrappingSubtract(1, ordering: .relaxed)
          place.settle(nil)
        }
      }
      group.cancelAll()
      return value
    }
  }
}

/// Where the first of two results meets the one who waits. The second is dropped.
private final class MeetingPlace<Value: Sendable>: Sendable {
  private enum State {
    case empty
    case waiting(CheckedContinuation<Value?, Never>)
    case early(Value?)
    case done
  }

  private let state = Mutex(State.empty)

  func wait(_ continuation: CheckedContinuation<Value?, Never>) {
    let early = state.withLock { state -> Value?? in
      if case .early(let value) = state {
        state = .done
        return .some(value)
      }
      state = .waiting(continuation)
      return nil
    }
    if let early { continuation.resume(returning: early) }
  }

  func settle(_ value: Value?) {
    let waiter = state.withLock { state -> CheckedContinuation<Value?, Never>? in
      switch state {
      case .waiting(let continuation):
        state = .done
        return continuation
      case .empty: state = .early(value)
      case .early, .done: break
      }
      return nil
    }
    waiter?.resume(returning: value)
  }
}
