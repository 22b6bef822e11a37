import Synchronization

/// What the tasks of an attached session tell each other.
final class Started: Sendable {
  private struct State {
    var id: String?
    var interrupted: Int32?
    var hasDetached = false
  }

  private let state = Mutex(State())

  /// The container's or exec's ID, once it runs.
  var id: String? { state.withLock(\.id) }
  /// The signal that came before it ran.
  var interrupted: Int32? { state.withLock(\.interrupted) }
  /// Whether the user left with the detach keys.
  var hasDetached: Bool { state.withLock(\.hasDetached) }

  func set(_ id: String) { state.withLock { $0.id = id } }
  func interrupt(_ number: Int32) { state.withLock { $0.interrupted = number } }
  func detach() { state.withLock { $0.hasDetached = true } }
}
