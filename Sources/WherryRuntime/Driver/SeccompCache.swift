import Glibc
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

/// Compiled system call filters in `/run/wherry/seccomp`, one a file, named after all that they follow from.
///
/// crun compiles the filter at each start of a container, which takes longer than all else that it does, unless it was
/// built with a cache of its own; Debian's is not. It leaves the
/// result in its own folder of the container, `seccomp.bpf`, and takes one in the annotation
/// `run.oci.seccomp_bpf_data` (crun.1). The description of the filter stays in the configuration: a runtime that does
/// not know the annotation compiles it. A file that is not whole is not used, and made anew.
struct SeccompCache: Sendable {
  static let annotation = "run.oci.seccomp_bpf_data"
  /// Each is some KiB; there are as many as differing sets of capabilities and profiles.
  static let maximumCount = 32
  /// The kernel takes 4096 instructions of eight bytes (BPF_MAXINSNS).
  static let maximumSize = 4096 * 8

  let folder: String
  let runtime: RuntimeDriver
  /// Of the runtime and of the library that compiles: with others the filter may be another.
  private static let libraries =
    [machine + "-linux-gnu", "arm-linux-gnueabihf", "i386-linux-gnu"].map { "/usr/lib/\($0)/libseccomp.so.2" }
    + ["/usr/lib64/libseccomp.so.2", "/usr/lib/libseccomp.so.2"]

  init(_ run: RunDirectory, _ runtime: RuntimeDriver) {
    folder = run.path + "/seccomp"
    self.runtime = runtime
  }

  /// Names a filter that is not kept yet; see `keep`.
  struct Key: Sendable, Equatable {
    let text: String

    /// Nil for what is none.
    init?(_ text: String) {
      guard text.utf8.count == 64, Hex.isLowercase(text) else { return nil }
      self.text = text
    }
  }

  /// Hands the kept filter of `spec` to the runtime. Gives its key where none is kept that could be used.
  func apply(to spec: inout RuntimeSpec) throws(WherryError) -> Key? {
    guard runtime.isCrun, let filter = spec.linux.seccomp else { return nil }
    guard let key = try key(of: filter) else { return nil }
    guard let program = try program(key) else { return key }
    spec.annotations = (spec.annotations ?? [:]).merging([Self.annotation: Base64.encode(program)]) { $1 }
    return nil
  }

  /// Keeps what the runtime has compiled for a container that is created. A failure costs the next start some time,
  /// and is no failure of this one.
  func keep(_ key: Key, of id: ContainerID) {
    do throws(SystemError) {
      let path = "\(runtime.stateDirectory)/\(id)/seccomp.bpf"
      guard let program = try Files.readIfPresent(path, maximum: Self.maximumSize), Self.isProgram(program)
      else { return }
      try Files.makeDirectories(folder)
      let names = try Files.list(folder)
      if names.count >= Self.maximumCount {
        for name in names { try Files.unlink("\(folder)/\(name)") }
      }
      // Two starts at once do not write the same file.
      let temporary = "\(folder)/\(key.text).\(getpid())"
      try Files.write(temporary, Self.sum(key, program) + program)
      try Files.rename(temporary, to: "\(folder)/\(key.text)")
    } catch {}
  }

  /// Nil where there is none, or not this one.
  private func program(_ key: Key) throws(WherryError) -> [UInt8]? {
    let path = "\(folder)/\(key.text)"
    do throws(SystemError) {
      guard let bytes = try Files.readIfPresent(path, maximum: Self.maximumSize + 32) else { return nil }
      let program = Array(bytes.dropFirst(32))
      if Self.isProgram(program), Array(bytes.prefix(32)) == Self.sum(key, program) { return program }
    } catch {
      // Too large, or no file: the next one that is kept takes its place.
    }
    return nil
  }

  private static func isProgram(_ bytes: [UInt8]) -> Bool { !bytes.isEmpty && bytes.count.isMultiple(of: 8) }

  /// With its key: a file under another's name is not taken for it.
  private static func sum(_ key: Key, _ program: [UInt8]) -> [UInt8] {
    SHA256Sum.of(Array(key.text.utf8) + program)
  }

  /// Nil where the runtime or its library cannot be looked at: what they compile would outlive their updates.
  private func key(of filter: RuntimeSpec.Seccomp) throws(WherryError) -> Key? {
    guard let runtimeFile = Self.identity(runtime.path),
      let library = Self.libraries.lazy.compactMap({ Self.identity($0) }).first
    else { return nil }
    let head = "wherry-seccomp 1\n\(runtimeFile)\n\(library)\n\(Self.machine)\n"
    return Key(Hex.encode(SHA256Sum.of(Array(head.utf8) + (try filter.json()))))
  }

  private static func identity(_ path: String) -> String? {
    do throws(SystemError) {
      guard let file = try Files.statusIfPresent(path, following: true), file.kind == .regular else {
        return nil
      }
      return
        "\(path) \(file.device) \(file.inode) \(file.size) \(file.modified.seconds).\(file.modified.nanoseconds)"
    } catch {
      return nil
    }
  }

  private static let machine: String = {
    var names = utsname()
    uname(&names)
    return withUnsafeBytes(of: &names.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }()
}
