import CWherryLinux
import Glibc

/// Network namespaces, network_namespaces(7), pinned by a mount so that they outlive their processes.
package enum NetworkNamespace {
  /// Whether one is pinned there.
  package static func exists(at path: String) throws(SystemError) -> Bool {
    do {
      return try systemCall("look at", path: path) { wherry_is_namespace($0) } == 1
    } catch {
      if error.isAbsent { return false }
      throw error
    }
  }

  /// A new one, pinned at `path`, and in it `body`. A process has one network for all its threads but those that
  /// leave it: a thread of its own does, and ends.
  package static func make<Value: Sendable>(
    at path: String, _ body: @escaping @Sendable () throws(SystemError) -> Value
  ) throws(SystemError) -> Value {
    try onThread { () throws(SystemError) in
      try systemCall("make network namespace", path) { wherry_leave_network() }
      if try !Files.exists(path) { try Files.write(path, []) }
      try Mount.mount("/proc/thread-self/ns/net", on: path, flags: [.bind])
      return try body()
    }
  }

  /// Runs `body` in the one pinned at `path`.
  package static func run<Value: Sendable>(
    in path: String, _ body: @escaping @Sendable () throws(SystemError) -> Value
  ) throws(SystemError) -> Value {
    try onThread { () throws(SystemError) in
      let descriptor = try FileDescriptor.open(path)
      try systemCall("join network namespace", path) { wherry_join_network(descriptor.rawValue) }
      return try body()
    }
  }

  /// Does nothing where there is none.
  package static func remove(at path: String) throws(SystemError) {
    try Mount.unmount(path, [.noFollow, .detach])
    try Files.unlink(path)
  }

  private static func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws(SystemError) -> Value
  ) throws(SystemError) -> Value {
    let outcome = Monitor<Result<Value, SystemError>?>(nil)
    try WorkerThread.start(stackSize: 256 << 10) {
      do throws(SystemError) {
        let value = try body()
        outcome.withLock { $0 = .success(value) }
      } catch {
        outcome.withLock { $0 = .failure(error) }
      }
      outcome.wakeOne()
    }
    return try outcome.wait(timeout: .seconds(60)) { outcome, _ in outcome }.get()
  }
}
