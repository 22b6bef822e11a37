import WherryWire

extension ContainerSpec {
  /// What a container asks for that reaches beyond itself, in words for authorization plugins: `privileged`, `bind:/etc`,
  /// `device:/dev/kvm`, `capability:SYS_ADMIN`, `namespace:pid`, `network:host`, `seccomp:unconfined` and the like. Few
  /// enough to be sent whole: the spec was bounded when it was read.
  var privileges: [String] {
    var words = isPrivileged ? ["privileged"] : []
    for mount in mounts ?? [] {
      if mount.kind == .bind { words.append("bind:\(mount.source ?? "")") }
      if let driver = mount.driver, mount.kind == .volume { words.append("volume-driver:\(driver)") }
      // A volume of the local driver may be any folder of the device.
      if let device = mount.driverOptions?["device"] { words.append("volume-device:\(device)") }
    }
    words += (devices ?? []).map { "device:\($0.path)" }
    words += (deviceNames ?? []).map { "device:\($0)" }
    words += (deviceRules ?? []).map { "device-rule:\($0)" }
    words += (security?.addedCapabilities ?? []).map { "capability:\($0)" }
    words += (hostNamespaces ?? []).map { "namespace:\($0)" }
    if let kind = userNamespace, kind == "host" { words.append("namespace:user") }
    words += (joinedNamespaces ?? [:]).sorted { $0.key < $1.key }.map { "join:\($0.key):\($0.value)" }
    words += (volumesFrom ?? []).map { "volumes-from:\($0)" }
    for network in networks ?? [] where network.name == "host" || network.name.hasPrefix("container:") {
      words.append("network:\(network.name)")
    }
    if let profile = security?.seccompProfile { words.append("seccomp:\(profile)") }
    if let profile = security?.apparmorProfile { words.append("apparmor:\(profile)") }
    if security?.unconfinedPaths ?? false { words.append("unconfined-paths") }
    return words
  }
}
