import Glibc
import WherryLinux

/// Writes a session's output as it is. A reader that is slow blocks a thread of our own, not one
/// that signals and input need.
struct OutputWriter: Sendable {
  private let pool = BlockingPool(maximumThreads: 1)

  func stdout(_ bytes: [UInt8]) async throws { try await write(bytes, STDOUT_FILENO) }
  func stderr(_ bytes: [UInt8]) async throws { try await write(bytes, STDERR_FILENO) }

  private func write(_ bytes: [UInt8], _ descriptor: Int32) async throws {
    try await pool.run { () throws(ConsoleError) in try Console.write(bytes[...], to: descriptor) }
  }
}
