import Synchronization

/// Carries a value out of a closure that runs once.
final class ResultCell<Value: Sendable>: Sendable {
  private let cell = Mutex<Value?>(nil)

  var value: Value? { cell.withLock { $0 } }

  func set(_ value: Value?) { cell.withLock { $0 = value } }
}
