import Synchronization

/// What the tasks of an attached session tell each other.
final class Started: Sendable {
  private let state = Mutex<(id: String?, interrupted: Int32?)>((nil, nil))

  /// The container's or exec's ID, once it runs.
  var id: String? { state.withLock(\.id) }
  /// The signal that came before it ran.
  var interrupted: Int32? { state.withLock(\.interrupted) }

  func set(_ id: String) { state.withLock { $0.id = id } }
  func interrupt(_ number: Int32) { state.withLock { $0.interrupted = number } }
}
