/// How fast a body comes: in each stretch of `patience` that its server waits for it there must be so many bytes. Without
/// I/O; times are nanoseconds.
struct BodyPace: Sendable {
  static let minimum = 16 << 10

  private let patience: Int64
  private var waited: Int64 = 0
  private var count = 0

  init(patience: Int64) {
    self.patience = patience
  }

  /// Bytes came after the server waited so long for them. False where that was too slow.
  mutating func came(_ bytes: Int, after time: Int64) -> Bool {
    waited += max(time, 0)
    count += bytes
    guard waited > patience else { return true }
    guard count >= Self.minimum else { return false }
    (waited, count) = (0, 0)
    return true
  }

  /// The server waits so long already, and nothing came.
  func isTooSlow(after time: Int64) -> Bool { waited + max(time, 0) > patience && count < Self.minimum }
}
