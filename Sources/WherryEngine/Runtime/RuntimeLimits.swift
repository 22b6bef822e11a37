import WherryOCI
import WherryWire

extension Ulimit {
  /// The most that is no limit (getrlimit(2), RLIM_INFINITY).
  var runtimeLimit: RuntimeSpec.ResourceLimit {
    RuntimeSpec.ResourceLimit(type: "RLIMIT_\(name.uppercased())", soft: soft, hard: hard)
  }
}

extension ContainerSpec {
  var runtimeLimits: [RuntimeSpec.ResourceLimit]? {
    guard let ulimits, !ulimits.isEmpty else { return nil }
    return ulimits.map(\.runtimeLimit)
  }

  func shares(_ namespace: String) -> Bool { hostNamespaces?.contains(namespace) ?? false }
}
