package import WherryLinux
package import WherryModel
import WherryWire

/// What `--userns` says.
package enum UserNamespaceMode: Sendable, Equatable {
  /// The device's.
  case host
  /// One of its own, with so many users.
  case own(count: UInt64)

  package static let defaultCount: UInt64 = 65536
  /// Fewer would not do for the users that images have, more than these no image needs.
  package static let counts: ClosedRange<UInt64> = 1024...1_048_576

  /// Throws `invalidArgument` for anything but host, private, auto and auto:size=N.
  package init(_ text: String?) throws(WherryError) {
    switch text {
    case nil, "", "host": self = .host
    case "private", "auto": self = .own(count: Self.defaultCount)
    case .some(let text):
      guard text.hasPrefix("auto:size="), let count = UInt64(text.dropFirst("auto:size=".count)) else {
        throw SpecValidation.invalid(
          "--userns: unknown mode \(Printable.text(text).debugDescription)",
          hint: "one of host, private, auto and auto:size=N")
      }
      guard Self.counts.contains(count) else {
        throw SpecValidation.invalid(
          "--userns: a size of \(count) is out of range",
          hint: "give \(Self.counts.lowerBound) to \(Self.counts.upperBound)")
      }
      self = .own(count: count)
    }
  }

  /// Refuses what a user namespace keeps from working, as Docker does.
  static func validate(_ spec: ContainerSpec) throws(WherryError) {
    guard case .own = try UserNamespaceMode(spec.userNamespace) else { return }
    let shared = spec.hostNamespaces ?? []
    func refuse(_ reason: String) -> WherryError {
      SpecValidation.invalid(
        "--userns \(Printable.text(spec.userNamespace ?? "")): \(reason)",
        hint: "leave one out, or give --userns host")
    }
    if spec.security?.privileged ?? false {
      throw refuse("privileged mode is incompatible with user namespaces")
    }
    if shared.contains("pid") {
      throw refuse("cannot share the host PID namespace when user namespaces are enabled")
    }
    if shared.contains("ipc") {
      throw refuse("cannot share the host IPC namespace when user namespaces are enabled")
    }
    if spec.networks?.first?.name == "host" {
      throw refuse("cannot share the host's network namespace when user namespaces are enabled")
    }
    if spec.joinedNamespaces?.isEmpty == false {
      throw refuse("a container with a user namespace joins no other's namespaces")
    }
  }
}

extension ContainerRecord {
  /// Nil where it has the device's users.
  package var idMap: IDMap? { idRange.flatMap { IDMap(first: $0.first, count: $0.count) } }
}
