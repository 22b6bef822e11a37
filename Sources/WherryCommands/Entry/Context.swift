import Glibc
import WherryClient
import WherryModel
import WherryRPC

/// What a verb works with: where the daemon is, and where its words go.
struct Context: Sendable {
  /// What the words before the verb say of where to connect.
  var choice = DestinationChoice()
  var console = Console()

  func connect() async throws -> WherryCalls {
    try await Client.connect(to: try destination())
  }

  func destination() throws(WherryError) -> Destination {
    let destination = try Destination.resolve(choice, Self.environment)
    if let warning = destination.warning { console.warn(warning) }
    return destination
  }

  static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    return String(cString: value)
  }

  static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(
      nanoseconds: UInt64(clamping: time.tv_sec) * 1_000_000_000 + UInt64(clamping: time.tv_nsec))
  }

  static var workingDirectory: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }

  /// Does the same to each name, as Docker: a failure is told and the rest still done.
  func each(_ names: [String], _ body: (String) async throws -> Void) async throws -> Int32 {
    var failed = false
    for name in names {
      do {
        try await body(name)
        try console.print(name)
      } catch let error as ConsoleError {
        throw error
      } catch {
        failed = true
        console.report(error)
      }
    }
    return failed ? 1 : 0
  }
}
