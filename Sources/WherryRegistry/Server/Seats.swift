import Synchronization

/// A number of places: who finds none waits in order until one is given back.
final class Seats: Sendable {
  private struct State {
    var free: Int
    var waiting: ArraySlice<CheckedContinuation<Void, Never>> = []
  }

  private let state: Mutex<State>

  init(_ count: Int) {
    state = Mutex(State(free: count))
  }

  /// Those who have one give it back when they are cancelled, so this ends when all tasks are.
  func take() async -> Seat {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.free > 0 {
          state.free -= 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
    return Seat(self)
  }

  fileprivate func giveBack() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      if let next = state.waiting.popFirst() { return next }
      state.free += 1
      return nil
    }
    next?.resume()
  }

  var free: Int { state.withLock(\.free) }
}

/// One of the places, until nobody refers to it.
final class Seat: Sendable {
  private let seats: Seats

  fileprivate init(_ seats: Seats) {
    self.seats = seats
  }

  deinit { seats.giveBack() }
}
