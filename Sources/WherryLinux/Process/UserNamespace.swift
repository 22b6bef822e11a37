import CWherryLinux
import Glibc

/// Makes user namespaces (user_namespaces(7)) that no process is in: for mounts, and to own a container's network.
package enum UserNamespace {
  /// A run of IDs: `inside` and those after it are `outside` and those after it.
  package struct Run: Sendable, Equatable {
    package var inside: UInt32
    package var outside: UInt32
    package var count: UInt32

    package init(inside: UInt32, outside: UInt32, count: UInt32) {
      self.inside = inside
      self.outside = outside
      self.count = count
    }
  }

  /// The word after `holder`'s for a network namespace as well.
  private static let network = "network"

  /// `holder` is the program and the arguments that reach `hold`. Throws what unshare(2) says: ENOSPC where there may be
  /// no more of them, EINVAL where the kernel has none. Blocks.
  package static func make(_ runs: [Run], holder: [String]) throws(SystemError) -> FileDescriptorBox {
    try make(runs, holder: holder) { pid throws(SystemError) in try NamespaceFile.open("user", of: pid) }
  }

  /// As `make`, with a network namespace that belongs to it.
  package static func makeWithNetwork(_ runs: [Run], holder: [String]) throws(SystemError) -> (
    users: FileDescriptorBox, network: FileDescriptorBox
  ) {
    try make(runs, holder: holder + [network]) { pid throws(SystemError) in
      (try NamespaceFile.open("user", of: pid), try NamespaceFile.open("net", of: pid))
    }
  }

  private static func make<Made>(
    _ runs: [Run], holder: [String], open: (Int32) throws(SystemError) -> Made
  ) throws(SystemError) -> Made {
    guard let program = holder.first else { throw SystemError(errno: EINVAL, "make", "user namespace") }
    let (child, stream) = try start(program, Array(holder.dropFirst()))
    defer {
      // It holds nothing any more; it is reaped in the background.
      do { try child.send(SIGKILL) } catch {}
    }
    let answer = try stream.file.read(maximum: 1).first.map { Int32($0) } ?? EPIPE
    guard answer == 0 else { throw SystemError(errno: answer, "make", "user namespace") }
    let map = Array(runs.map { "\($0.inside) \($0.outside) \($0.count)\n" }.joined().utf8)
    try Files.write("/proc/\(child.pid)/uid_map", map)
    try Files.write("/proc/\(child.pid)/gid_map", map)
    return try open(child.pid)
  }

  /// A function of its own, so that our copy of the holder's end is closed when it returns: then a holder that fails
  /// is an end of its stream.
  private static func start(
    _ program: String, _ arguments: [String]
  ) throws(SystemError) -> (ChildProcess, FileDescriptorBox) {
    let (ours, theirs) = try Pipe.socketPair()
    let spawn = Spawn(
      program, arguments, environment: Spawn.plainEnvironment,
      descriptors: [0: theirs.rawValue, 1: theirs.rawValue, 2: 2])
    let child = try spawn.start()
    withExtendedLifetime(theirs) {}
    return (child, ours)
  }

  /// Makes this process the first of a user namespace and waits to be killed, or for the end of standard input. To be
  /// called while it has one thread, with the words after `holder`'s.
  package static func hold(_ words: [String]) -> Never {
    let failure = wherry_unshare_users(words == [network] ? 1 : 0) == 0 ? 0 : errno
    do throws(SystemError) {
      try FileDescriptor.duplicating(1).write([UInt8(clamping: failure)])
      guard failure == 0 else { exit(1) }
      while try !FileDescriptor.duplicating(0).read(maximum: 1).isEmpty {}
    } catch {}
    exit(0)
  }
}
