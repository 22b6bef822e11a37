import WherryModel
import WherryWire

/// What kind of network a container has asked for.
enum NetworkChoice: Equatable {
  case none
  case host
  /// Another container's, by name or ID.
  case container(String)
  case networks([NetworkAttachment])

  /// Throws `invalidArgument` for what cannot be combined.
  init(_ attachments: [NetworkAttachment]) throws(WherryError) {
    for attachment in attachments {
      let name = attachment.name
      let isSpecial = name == "none" || name == "host" || name.hasPrefix("container:")
      if isSpecial, attachments.count > 1 {
        throw SpecValidation.invalid(
          "--network \(Printable.text(name)) cannot be combined with other networks",
          hint: "leave one of them out")
      }
      if isSpecial, attachment.aliases?.isEmpty == false || attachment.ipv4 != nil || attachment.ipv6 != nil {
        throw SpecValidation.invalid(
          "--network \(Printable.text(name)) has no addresses and no aliases",
          hint: "make a network with: wherry network create")
      }
    }
    switch attachments.first?.name {
    case nil: self = .networks([NetworkAttachment(name: NetworkDefinition.defaultName)])
    case "none": self = .none
    case "host": self = .host
    case .some(let name) where name.hasPrefix("container:"):
      self = .container(String(name.dropFirst("container:".count)))
    default: self = .networks(attachments)
    }
  }

  /// Of a record; one of an older Wherry that asked for nothing has none.
  static func recorded(_ record: ContainerRecord) -> NetworkChoice {
    // Also where it was taken off the last one: it may be connected again.
    if record.endpoints != nil { return .networks(record.spec.networks ?? []) }
    guard let attachments = record.spec.networks, !attachments.isEmpty else { return .none }
    do { return try NetworkChoice(attachments) } catch { return .none }
  }
}

/// How a container's process gets its network.
package enum RuntimeNetwork: Sendable, Equatable {
  /// A namespace that only has loopback, made by the runtime.
  case fresh
  case host
  /// One that is there.
  case path(String)
}
