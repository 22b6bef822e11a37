import Synchronization

/// Something that happens once and that any number of tasks wait for.
package final class OneShotList: Sendable {
  private struct State {
    var isResolved = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  package init() {}

  package func resolveAll() {
    let waiters = state.withLock { state in
      state.isResolved = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  package func wait() async {
    await withCheckedContinuation { continuation in
      let isResolved = state.withLock { state in
        if !state.isResolved { state.waiters.append(continuation) }
        return state.isResolved
      }
      if isResolved { continuation.resume() }
    }
  }
}
