import Synchronization
import WherryLinux

/// Tells waiting readers that a container has ended: the watching task closes a pipe.
final class EndOfContainer: Sendable {
  private let task: Task<Void, Never>?
  private let ends: AsyncReader?

  /// Watches until `wait` returns or throws; never ends where it is nil.
  init(_ wait: (@Sendable () async throws -> Void)?) {
    guard let wait else {
      task = nil
      ends = nil
      return
    }
    do {
      let pipe = try Pipe()
      let writer = try AsyncWriter(try pipe.writing.duplicate())
      ends = try AsyncReader(try pipe.reading.duplicate())
      pipe.close()
      task = Task {
        // A failure to watch ends the following, rather than letting it hang.
        do { try await wait() } catch {}
        writer.close()
      }
    } catch {
      task = nil
      ends = nil
    }
  }

  deinit {
    task?.cancel()
  }

  /// True when the container has ended; false when `descriptor` is readable first, or some seconds have passed.
  func orReadable(_ descriptor: Int32) async throws -> Bool {
    guard let end = ends?.rawValue else { return true }
    return try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await Readiness.shared.wait(end, for: .readable)
        return true
      }
      group.addTask {
        try await Readiness.shared.wait(descriptor, for: .readable)
        return false
      }
      group.addTask {
        // A new journal file in a folder that did not exist is not seen otherwise.
        try await Task.sleep(for: .seconds(5))
        return false
      }
      defer { group.cancelAll() }
      return try await group.next() ?? true
    }
  }
}
