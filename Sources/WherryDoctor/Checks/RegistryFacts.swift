package import WherryModel
package import WherryWire

/// Registries, each asked for `/v2/` as a pull would ask it.
package struct RegistryFacts: Sendable {
  package struct Registry: Sendable {
    package var name: String
    /// Nil: it answered.
    package var failure: WherryError?

    package init(_ name: String, _ failure: WherryError? = nil) {
      self.name = name
      self.failure = failure
    }
  }

  package var registries: [Registry]
  /// Without passwords.
  package var proxies: [String]

  package init(registries: [Registry], proxies: [String] = []) {
    self.registries = registries
    self.proxies = proxies
  }

  package var findings: [DoctorFinding] {
    let way = proxies.isEmpty ? "" : ", through \(proxies.joined(separator: " and "))"
    if registries.isEmpty {
      return [
        .ok(
          .registries, "none is named by settings or images\(way)",
          note: "wherry doctor --registry HOST asks one")
      ]
    }
    return registries.map { registry in
      guard let failure = registry.failure else {
        return .ok(.registries, "\(registry.name) answers\(way)")
      }
      let remedy = failure.hint ?? "check its name and the network"
      // A device may be offline for long; one that answers wrongly will not heal by itself.
      switch failure.code {
      case .unavailable, .deadlineExceeded:
        return .warning(.registries, "\(failure.message)\(way)", remedy)
      default: return .fault(.registries, "\(failure.message)\(way)", remedy)
      }
    }
  }
}
