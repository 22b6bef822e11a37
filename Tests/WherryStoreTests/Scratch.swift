import Glibc
import Synchronization
import WherryLinux
import WherryModel

@testable import WherryStore

/// A folder of a test's own, gone with it, and a store in it.
final class Scratch: Sendable {
  let path: String
  private let found = Mutex<[Damage]>([])

  init() throws {
    path = "/tmp/wherry-store-test.\(String(UInt64.random(in: .min ... .max), radix: 36))"
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

  var state: StateDirectory { StateDirectory(self("state")) }

  /// What the stores opened here reported.
  var damage: [Damage] { found.withLock { $0 } }

  func open() throws -> Store {
    try Store(state: state) { damage in self.found.withLock { $0.append(damage) } }
  }

  func forgetDamage() { found.withLock { $0 = [] } }

  /// A small file system of its own in place of the state directory.
  func mountState(_ kind: String, bytes: Int) async throws {
    try Files.makeDirectories(state.path)
    if kind == "tmpfs" {
      try Mount.mount("tmpfs", on: state.path, type: "tmpfs", data: "size=\(bytes)")
      return
    }
    let image = self("disk")
    let file = try FileDescriptor.open(image, [.writeOnly, .create], mode: 0o600)
    try file.truncate(to: Int64(bytes))
    for command in [["/sbin/mkfs.\(kind)", "-q", image], ["/bin/mount", "-o", "loop", image, state.path]] {
      let output = try await Spawn(command[0], Array(command.dropFirst())).output()
      guard output.status.isSuccess else {
        throw WherryError(.unsupported, "\(command[0]): \(output.errorText)")
      }
    }
  }

  /// Writes until nothing goes in any more, neither bytes nor files.
  func fill() throws {
    var size = 1 << 20
    var number = 0
    while size > 0 {
      do {
        number += 1
        try Files.write(state.path + "/filler-\(number)", [UInt8](repeating: 1, count: size))
        if number > 20_000 { return }
      } catch {
        size = size == 1 ? 0 : max(size / 16, 1)
      }
    }
  }
}

extension Digest {
  static func of(_ text: String) -> Digest { .sha256(of: text.utf8) }
}

extension LayerRecord {
  static func sample(_ name: String) -> LayerRecord {
    LayerRecord(
      id: .of(name), diffID: .of("diff \(name)"), blob: .of("blob \(name)"), size: 5,
      added: Timestamp(nanoseconds: 1))
  }
}

extension Store {
  /// A folder such as the worker makes: `tree/` with content, some of it hostile.
  func stage(_ content: String = "hello", canary: String = "/etc/passwd") throws -> String {
    let staged = try staging.makeFolder("layer")
    try Files.makeDirectories(staged + "/tree/a/opaque", mode: 0o755)
    try Files.write(staged + "/tree/a/file", Array(content.utf8), mode: 0o644)
    try Files.makeSymbolicLink(staged + "/tree/a/link", to: canary)
    return staged
  }
}

extension LayerStore {
  /// What `stage` and `commit` made, as it is on disk.
  func content(_ id: Digest) throws -> String? {
    guard try contains(id) else { return nil }
    let opaque = try FileDescriptor.open(tree(id) + "/a/opaque", [.directory])
      .extendedAttribute("trusted.overlay.opaque")
    let link = try Files.readLink(tree(id) + "/a/link")
    let listed = try Files.list(tree(id) + "/a").joined(separator: ",")
    return try Files.readText(tree(id) + "/a/file") + " \(listed) \(link) \(opaque ?? [])"
  }
}
