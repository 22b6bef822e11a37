package import WherryModel
package import WherryWire

/// Refuses what cannot be asked of a container's namespaces and limits, with the flag and the remedy.
package enum IsolationValidation {
  /// Of setrlimit(2), by Docker's names.
  package static let limitNames: Set<String> = [
    "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
    "rtprio",
    "rttime", "sigpending", "stack",
  ]
  static let namespaces: Set<String> = ["pid", "ipc", "uts"]

  package static func validate(_ spec: ContainerSpec) throws(WherryError) {
    for limit in spec.ulimits ?? [] { try validate(limit) }
    let shared = Set(spec.hostNamespaces ?? [])
    guard shared.isSubset(of: namespaces) else {
      throw SpecValidation.invalid("only the namespaces pid, ipc and uts can be the device's")
    }
    try validateJoins(spec, shared)
    if shared.contains("uts"), spec.hostname != nil {
      throw SpecValidation.invalid(
        "--hostname and --uts host exclude each other", hint: "the name would be the device's own")
    }
    for (name, value) in spec.sysctls ?? [:] {
      try validate(
        sysctl: name, value, shared.union((spec.joinedNamespaces ?? [:]).keys),
        isOnHostNetwork: spec.networks?.first?.name == "host")
    }
    if let size = spec.shmSize, !(1...UInt64(Int64.max)).contains(size) {
      throw SpecValidation.invalid("--shm-size: \(size) bytes is no size", hint: "give 64m, for example")
    }
    if let score = spec.oomScoreAdjust, !(-1000...1000).contains(score) {
      throw SpecValidation.invalid("--oom-score-adj: \(score) is out of range", hint: "give -1000 to 1000")
    }
    for text in spec.extraHosts ?? [] { _ = try ExtraHost(text) }
    guard (spec.groups ?? []).count <= 1024, (spec.groups ?? []).allSatisfy({ !$0.isEmpty }) else {
      throw SpecValidation.invalid("--group-add: an empty name, or more than 1024")
    }
  }

  /// Modes of the IPC namespace besides `host` and `container:NAME`.
  package static let ipcModes: Set<String> = ["shareable", "private", "none"]

  private static func validateJoins(_ spec: ContainerSpec, _ shared: Set<String>) throws(WherryError) {
    for (kind, other) in spec.joinedNamespaces ?? [:] {
      guard kind == "pid" || kind == "ipc" else {
        throw SpecValidation.invalid("only the namespaces pid and ipc can be another container's")
      }
      guard !other.isEmpty else {
        throw SpecValidation.invalid("--\(kind) container: names no container", hint: "write container:NAME")
      }
      guard !shared.contains(kind) else {
        throw SpecValidation.invalid("--\(kind): it cannot be the device's and another container's")
      }
    }
    guard let mode = spec.ipcMode else { return }
    guard ipcModes.contains(mode) else {
      throw SpecValidation.invalid(
        "--ipc: unknown mode \(Printable.text(mode).debugDescription)",
        hint: "one of private, shareable, none, host and container:NAME")
    }
    guard mode == "private" || !(shared.contains("ipc") || spec.joinedNamespaces?["ipc"] != nil) else {
      throw SpecValidation.invalid("--ipc \(mode): the namespace is not the container's own")
    }
  }

  private static func validate(_ limit: Ulimit) throws(WherryError) {
    guard limitNames.contains(limit.name) else {
      throw SpecValidation.invalid(
        "--ulimit: unknown limit \(Printable.text(limit.name).debugDescription)",
        hint: "one of \(limitNames.sorted().joined(separator: ", "))")
    }
    guard limit.soft <= limit.hard else {
      throw SpecValidation.invalid(
        "--ulimit \(limit.name): the soft limit \(limit.soft) is above the hard one \(limit.hard)")
    }
  }

  /// Only what belongs to a namespace of the container's own (sysctl(8), namespaces(7)).
  private static func validate(
    sysctl name: String, _ value: String, _ shared: Set<String>, isOnHostNetwork: Bool
  ) throws(WherryError) {
    let object = "--sysctl: \(Printable.text(name))"
    let isOfIPC =
      [
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
        "kernel.shmmni", "kernel.shm_rmid_forced",
      ].contains(name) || name.hasPrefix("fs.mqueue.")
    let isPlain =
      name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } && !name.contains("..") && !name.contains("/")
    let isOfUTS = name == "kernel.domainname"
    guard isPlain, isOfIPC || isOfUTS || name.hasPrefix("net."), !value.utf8.contains(0),
      value.utf8.count < 4096
    else {
      throw SpecValidation.invalid(
        "\(object) is not the container's own to set",
        hint: "only net.*, fs.mqueue.* and kernel.msg*, sem and shm* are; set others on the device: sysctl(8)"
      )
    }
    if isOfIPC, shared.contains("ipc") {
      throw SpecValidation.invalid("\(object) is another's with --ipc host or container:NAME")
    }
    if isOfUTS, shared.contains("uts") {
      throw SpecValidation.invalid("\(object) is the device's with --uts host")
    }
    if !isOfIPC, !isOfUTS, isOnHostNetwork {
      throw SpecValidation.invalid("\(object) is the device's with --network host")
    }
  }
}

/// A line of /etc/hosts: `NAME:ADDRESS` or `NAME=ADDRESS`, an IPv6 address perhaps in brackets.
package struct ExtraHost: Sendable, Equatable {
  package var name: String
  package var address: String

  package init(_ text: String) throws(WherryError) {
    let separator = text.firstIndex { $0 == "=" || $0 == ":" }
    guard let separator else { throw Self.invalid(text) }
    name = String(text[..<separator])
    var address = text[text.index(after: separator)...]
    if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
    self.address = String(address)
    let isName =
      !name.isEmpty && name.utf8.count <= 253
      && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }
    let isAddress =
      !address.isEmpty && address.utf8.count <= 45
      && address.utf8.allSatisfy { ".:".utf8.contains($0) || Character(UnicodeScalar($0)).isHexDigit }
      && (address.contains(".") || address.contains(":"))
    guard isName, isAddress else { throw Self.invalid(text) }
  }

  private static func invalid(_ text: String) -> WherryError {
    SpecValidation.invalid(
      "--add-host: \(Printable.text(text).debugDescription) is no name with an address",
      hint: "write NAME:ADDRESS, such as gateway:192.0.2.1")
  }
}
