package import WherryModel

/// A specification of the Container Device Interface (cncf-tags/container-device-interface, SPEC.md), as JSON: which
/// devices of one kind there are, and what a container needs to have them.
package struct CDISpec: Sendable, Equatable, Decodable {
  /// Those of GPU vendors have some 100 KiB.
  package static let maximumSize = 1 << 20
  static let maximumEdits = 4096

  package var cdiVersion: String
  /// `VENDOR/CLASS`
  package var kind: String
  package var devices: [Device]
  /// For a container that has any of the devices.
  package var containerEdits: Edits?

  package struct Device: Sendable, Equatable, Decodable {
    package var name: String
    package var containerEdits: Edits
  }

  package struct Edits: Sendable, Equatable, Decodable {
    /// `NAME=VALUE`
    package var env: [String]?
    package var deviceNodes: [Node]?
    package var mounts: [Mount]?
    package var hooks: [Hook]?
    package var additionalGids: [UInt32]?
  }

  package struct Node: Sendable, Equatable, Decodable {
    /// In the container, and on the device where `hostPath` is absent.
    package var path: String
    package var hostPath: String?
    package var permissions: String?
    package var fileMode: UInt32?
    package var uid: UInt32?
    package var gid: UInt32?
  }

  package struct Mount: Sendable, Equatable, Decodable {
    package var hostPath: String
    package var containerPath: String
    package var type: String?
    package var options: [String]?
  }

  package struct Hook: Sendable, Equatable, Decodable {
    /// `prestart`, `createRuntime`, `createContainer`, `startContainer`, `poststart` or `poststop`.
    package var hookName: String
    package var path: String
    package var args: [String]?
    package var env: [String]?
    /// Seconds.
    package var timeout: Int?
  }

  /// `file` names the document in errors. Throws where it is too large, no strict JSON, or asks for what cannot be.
  package static func read(_ json: [UInt8], file: String) throws(WherryError) -> CDISpec {
    let spec = try StrictJSON.decode(
      CDISpec.self, from: json, what: "CDI specification \(file)", maximumSize: maximumSize)
    func refuse(_ reason: String) -> WherryError {
      WherryError(.invalidArgument, "CDI specification \(file) \(reason)")
    }
    guard spec.cdiVersion.hasPrefix("0.") || spec.cdiVersion.hasPrefix("1.") else {
      throw refuse(
        "has version \(String(spec.cdiVersion.prefix(20)).debugDescription); 0.x and 1.x are known")
    }
    guard spec.kind.split(separator: "/", omittingEmptySubsequences: false).count == 2 else {
      throw refuse("has no kind VENDOR/CLASS")
    }
    for edits in [spec.containerEdits].compactMap(\.self) + spec.devices.map(\.containerEdits) {
      if let reason = edits.problem { throw refuse(reason) }
    }
    return spec
  }
}

extension CDISpec.Edits {
  /// Nil where all can be done.
  var problem: String? {
    let counts = [env?.count, deviceNodes?.count, mounts?.count, hooks?.count, additionalGids?.count]
    if counts.contains(where: { ($0 ?? 0) > CDISpec.maximumEdits }) { return "has too many edits" }
    let paths =
      (deviceNodes ?? []).flatMap { [$0.path, $0.hostPath ?? $0.path] }
      + (mounts ?? []).flatMap { [$0.hostPath, $0.containerPath] } + (hooks ?? []).map(\.path)
    for path in paths where !Self.isPlain(path) {
      return "has the path \(String(path.prefix(100)).debugDescription), which is not absolute or not plain"
    }
    for node in deviceNodes ?? [] where !(node.permissions ?? "rwm").allSatisfy({ "rwm".contains($0) }) {
      return "has permissions of \(String(node.path.prefix(100))) that are not of r, w and m"
    }
    for hook in hooks ?? [] where !Self.hookNames.contains(hook.hookName) {
      return "has a hook of the unknown kind \(String(hook.hookName.prefix(40)).debugDescription)"
    }
    for entry in env ?? [] where !entry.contains("=") || entry.hasPrefix("=") || entry.utf8.contains(0) {
      return "has a variable that is not NAME=VALUE"
    }
    return nil
  }

  static let hookNames: Set<String> = [
    "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
  ]

  private static func isPlain(_ path: String) -> Bool {
    path.hasPrefix("/") && path.utf8.count < 4096 && !path.utf8.contains(0)
      && !path.split(separator: "/").contains("..")
  }
}
