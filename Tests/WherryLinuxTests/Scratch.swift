import Glibc
import Synchronization
import WherryLinux

/// A folder of a test's own, gone with it.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = "/tmp/wherry-linux-test.\(String(UInt64.random(in: .min ... .max), radix: 36))"
    try Files.makeDirectories(path)
  }

  deinit {
    do {
      try Mount.unmountAll(path, [.detach])
      try Files.removeTree(path)
    } catch {
      print("left behind: \(path): \(error)")
    }
  }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  func folder() throws -> FileDescriptor { try FileDescriptor.open(path, [.directory]) }
}

let isRoot = geteuid() == 0

/// Polls for what the kernel does in its own time; false after `seconds`.
func eventually(within seconds: Int64 = 60, _ condition: () throws -> Bool) async throws -> Bool {
  let end = ContinuousClock.now + .seconds(seconds)
  while ContinuousClock.now < end {
    if try condition() { return true }
    await Task.yield()
  }
  return false
}

/// A value that several tasks of a test change.
final class Shared<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  init(_ value: Value) {
    self.value = Mutex(value)
  }

  func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
    value.withLock { value in
      var copy = value
      defer { value = copy }
      return body(&copy)
    }
  }
}
