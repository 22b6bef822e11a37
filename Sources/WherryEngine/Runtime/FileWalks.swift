import WherryLinux

/// Goes through the files of containers, on threads of its own: what takes as long as a container is large must not
/// hold up starts and stops. One thread is left for copies while both kinds of walk are under way.
struct FileWalks: Sendable {
  let pool = BlockingPool(maximumThreads: 3)
  /// Checks take the longest of all.
  let checks = BlockingPool(maximumThreads: 1)
  private let usages = SerialLane()
  private let lists = SerialLane()
  private let repairs = SerialLane()

  /// Repairs, one at a time.
  func repairing<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await repairs.run(body)
  }

  /// Measures; one at a time.
  func usage<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await usages.run { try await pool.run { try body() } }
  }

  /// Compares with the image; one at a time.
  func changes<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await lists.run { try await pool.run { try body() } }
  }
}
