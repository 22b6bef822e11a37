import Synchronization

/// Keeps mounts of containers' roots and changes of files in layers apart: the kernel leaves undefined what an overlay
/// shows when a file below it changes. Mounts go on side by side, and wait for a change; a change waits for the mounts
/// that have begun.
final class LayerGate: Sendable {
  private struct State {
    var mounting = 0
    var isChanging = false
    var waiters: [CheckedContinuation<Bool, Never>] = []
  }

  private let state = Mutex(State())

  func mounting<Value>(_ body: () async throws -> sending Value) async throws -> sending Value {
    await wait { state in
      guard !state.isChanging else { return false }
      state.mounting += 1
      return true
    }
    defer { leave { $0.mounting -= 1 } }
    return try await body()
  }

  /// Alone.
  func changing<Value>(_ body: () async throws -> sending Value) async throws -> sending Value {
    await wait { state in
      guard !state.isChanging else { return false }
      state.isChanging = true
      return true
    }
    await wait { $0.mounting == 0 }
    defer { leave { $0.isChanging = false } }
    return try await body()
  }

  /// Until `enter` is true. Not cancellable: what is waited for is short.
  private func wait(_ enter: @Sendable (inout State) -> Bool) async {
    if state.withLock({ enter(&$0) }) { return }
    while true {
      let entered = await withCheckedContinuation { continuation in
        let entered = state.withLock { state in
          if enter(&state) { return true }
          state.waiters.append(continuation)
          return false
        }
        if entered { continuation.resume(returning: true) }
      }
      if entered { return }
    }
  }

  /// Wakes all that wait, to look again.
  private func leave(_ change: (inout State) -> Void) {
    let waiters = state.withLock { state in
      change(&state)
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume(returning: false) }
  }
}
