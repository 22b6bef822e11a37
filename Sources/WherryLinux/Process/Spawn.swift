import CWherryLinux
import Glibc

/// A program to be started, posix_spawn(3).
///
/// The child sees descriptors 0, 1, 2 and those mapped, nothing else; all signals at their
/// default and none blocked; exactly the environment given.
package struct Spawn: Sendable {
  /// Absolute path; PATH is not searched.
  package var executable: String
  /// With the name the program sees first.
  package var arguments: [String]
  /// `KEY=VALUE`.
  package var environment: [String]
  package var workingDirectory: String?
  /// setsid(2): its own session and process group.
  package var newSession = false
  /// Its own process group, numbered like itself.
  package var newProcessGroup = false
  /// Descriptor in the child -> descriptor here. 0, 1 and 2 are /dev/null where not given.
  /// They are borrowed: keep them open until `start` has returned.
  package var descriptors: [Int32: Int32] = [:]

  package init(
    _ executable: String, _ arguments: [String] = [], environment: [String] = Spawn.plainEnvironment,
    workingDirectory: String? = nil, descriptors: [Int32: Int32] = [:]
  ) {
    self.executable = executable
    self.arguments = [executable] + arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.descriptors = descriptors
  }

  /// What system programs need and no more.
  package static let plainEnvironment = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
  ]

  /// Starts it. Throws ENOENT, EACCES, ENOEXEC… when it cannot be executed.
  package func start() throws(SystemError) -> ChildProcess {
    let highest = max(descriptors.keys.max() ?? 2, 2)
    if let lowest = descriptors.keys.min(), lowest < 0 || highest > 1 << 16 {
      throw SystemError(errno: EBADF, "start", executable)
    }
    // Copies above all targets, so that no dup2 below overwrites the source of a later one.
    var sources: [Int32: Int32] = [:]
    defer { for number in sources.values { _ = close(number) } }
    for (target, source) in descriptors {
      sources[target] = try FileDescriptor.duplicating(source, atLeast: highest + 1).release()
    }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }

    try Self.check(prepareFiles(&actions, sources, highest), "prepare", executable)
    prepareAttributes(&attributes)

    if executable.utf8.contains(0) || arguments.contains(where: { $0.utf8.contains(0) })
      || environment.contains(where: { $0.utf8.contains(0) })
    {
      throw SystemError(errno: EINVAL, "start", executable.debugDescription)
    }
    var pid: pid_t = 0
    let result = Self.withVector(arguments) { arguments in
      Self.withVector(environment) { environment in
        posix_spawn(&pid, executable, &actions, &attributes, arguments, environment)
      }
    }
    try Self.check(result, "start", executable)
    return try ChildProcess(pid: pid)
  }

  private func prepareFiles(
    _ actions: inout posix_spawn_file_actions_t, _ sources: [Int32: Int32], _ highest: Int32
  ) -> Int32 {
    var result: Int32 = 0
    for target in 0...highest where result == 0 {
      if let source = sources[target] {
        result = posix_spawn_file_actions_adddup2(&actions, source, target)
      } else if target <= 2 {
        result = posix_spawn_file_actions_addopen(
          &actions, target, "/dev/null", target == 0 ? O_RDONLY : O_WRONLY, 0)
      } else {
        result = posix_spawn_file_actions_addclose(&actions, target)
      }
    }
    if result == 0 { result = wherry_spawn_close_from(&actions, highest + 1) }
    if result == 0, let workingDirectory {
      result = wherry_spawn_change_folder(&actions, workingDirectory)
    }
    return result
  }

  private func prepareAttributes(_ attributes: inout posix_spawnattr_t) {
    var all = sigset_t()
    var none = sigset_t()
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    var flags = Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
    if newSession { flags |= 0x80 }  // POSIX_SPAWN_SETSID, glibc 2.26
    if newProcessGroup {
      flags |= Int32(POSIX_SPAWN_SETPGROUP)
      posix_spawnattr_setpgroup(&attributes, 0)
    }
    posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))
  }

  private static func check(_ number: Int32, _ operation: String, _ object: String) throws(SystemError) {
    if number != 0 { throw SystemError(errno: number, operation, object) }
  }

  /// The strings as a NULL-terminated vector.
  private static func withVector<Value>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
  ) -> Value {
    var vector: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    vector.append(nil)
    defer { for pointer in vector { free(pointer) } }
    return vector.withUnsafeBufferPointer { buffer in
      // Never empty: it has its NULL.
      withUnsafePointer(to: nil as UnsafeMutablePointer<CChar>?) { empty in
        body(buffer.baseAddress ?? empty)
      }
    }
  }
}
