import FoundationEssentials
package import WherryModel

/// The profile format of Docker and Podman (`/usr/share/containers/seccomp.json`), which states
/// rules for all architectures and capabilities; `resolved` picks those that apply to one
/// container and writes them as the OCI runtime specification wants them.
package struct SeccompProfile: Sendable, Equatable, Decodable {
  package static let debianPath = "/usr/share/containers/seccomp.json"
  /// Debian's has 20 KiB.
  package static let maximumSize = 1 << 20

  var defaultAction: String
  var defaultErrnoRet: UInt32?
  var architectures: [String]?
  var archMap: [Architecture]?
  var flags: [String]?
  var syscalls: [Rule]

  struct Architecture: Sendable, Equatable, Decodable {
    var architecture: String
    var subArchitectures: [String]?
  }

  struct Rule: Sendable, Equatable, Decodable {
    var name: String?
    var names: [String]?
    var action: String
    var errnoRet: UInt32?
    var args: [RuntimeSpec.Seccomp.Argument]?
    var includes: Condition?
    var excludes: Condition?
  }

  struct Condition: Sendable, Equatable, Decodable {
    var caps: [String]?
    var arches: [String]?
  }

  package init(json: [UInt8]) throws(WherryError) {
    guard json.count <= Self.maximumSize else {
      throw WherryError(.invalidArgument, "seccomp profile: larger than \(Self.maximumSize) bytes")
    }
    self = try decodeRuntimeDocument(json, "the seccomp profile")
  }

  /// Reads the profile at `path` and resolves it for a container with the bounding set
  /// `capabilities` (`CAP_…`) on `architecture` (as OCI names it: `amd64`, `arm64`, `arm`).
  package static func load(
    _ path: String, capabilities: [String], architecture: String
  ) throws(WherryError) -> RuntimeSpec.Seccomp {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw WherryError(
        .notFound, "seccomp profile \(path): cannot be read",
        hint: "install golang-github-containers-common, or choose another profile", cause: error)
    }
    do {
      return try SeccompProfile(json: [UInt8](data)).resolved(
        capabilities: capabilities, architecture: architecture)
    } catch {
      throw WherryError(.invalidArgument, "seccomp profile \(path): \(error.message)", cause: error)
    }
  }

  /// What applies: a rule holds when every `includes` is met and no `excludes` is.
  package func resolved(capabilities: [String], architecture: String) -> RuntimeSpec.Seccomp {
    let capabilities = Set(capabilities)
    let rules = syscalls.compactMap { rule -> RuntimeSpec.Seccomp.Rule? in
      let names = rule.names ?? rule.name.map { [$0] } ?? []
      guard !names.isEmpty else { return nil }
      if let arches = rule.includes?.arches, !arches.isEmpty, !arches.contains(architecture) { return nil }
      if let caps = rule.includes?.caps, !capabilities.isSuperset(of: caps) { return nil }
      if let arches = rule.excludes?.arches, arches.contains(architecture) { return nil }
      if let caps = rule.excludes?.caps, !capabilities.isDisjoint(with: caps) { return nil }
      let arguments = (rule.args ?? []).isEmpty ? nil : rule.args
      return RuntimeSpec.Seccomp.Rule(
        names: names, action: rule.action, errnoRet: rule.errnoRet, args: arguments)
    }
    return RuntimeSpec.Seccomp(
      defaultAction: defaultAction, defaultErrnoRet: defaultErrnoRet,
      architectures: filterArchitectures(architecture), flags: flags, syscalls: rules)
  }

  /// The native architecture and those its kernel also runs.
  private func filterArchitectures(_ architecture: String) -> [String]? {
    if let architectures, !architectures.isEmpty { return architectures }
    guard let native = Self.seccompNames[architecture] else { return nil }
    guard let entry = archMap?.first(where: { $0.architecture == native }) else { return [native] }
    return [native] + (entry.subArchitectures ?? [])
  }

  /// OCI's architecture names (Go's GOARCH) in libseccomp's words.
  private static let seccompNames = [
    "386": "SCMP_ARCH_X86", "amd64": "SCMP_ARCH_X86_64", "arm": "SCMP_ARCH_ARM", "arm64": "SCMP_ARCH_AARCH64",
    "ppc64le": "SCMP_ARCH_PPC64LE", "riscv64": "SCMP_ARCH_RISCV64", "s390x": "SCMP_ARCH_S390X",
  ]
}
