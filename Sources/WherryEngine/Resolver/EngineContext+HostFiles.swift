import WherryLinux
import WherryModel
import WherryStore
import WherryWire

/// The files that each container is given: /etc/hostname, /etc/hosts and /etc/resolv.conf.
extension EngineContext {
  private static let fileNames = ["hostname", "hosts", "resolv.conf"]
  /// What resolv.conf was when the engine last wrote it: one that the container has changed is the container's.
  private static let givenName = "resolv.conf.given"

  func writeFiles(
    of record: ContainerRecord, id: ContainerID, hostname: String, isOnHostNetwork: Bool
  ) throws(WherryError) {
    let files = try hostFiles(of: record, id: id, hostname: hostname, isOnHostNetwork: isOnHostNetwork)
    let folder = run.files(id)
    let texts = [files.hostname, files.hosts, files.resolver]
    try WherryError.converting { () throws(SystemError) in
      try Files.makeDirectories(folder, mode: 0o711)
      for (name, text) in zip(Self.fileNames, texts) {
        try Files.write("\(folder)/\(name)", Array(text.utf8), mode: 0o644)
        guard let owner = record.idMap?.first else { continue }
        try FileDescriptor.open("\(folder)/\(name)", [.noFollow]).changeOwner(user: owner, group: owner)
      }
      try Files.write("\(folder)/\(Self.givenName)", Array(files.resolver.utf8))
    }
  }

  /// With their folder.
  static func removeFiles(in folder: String) throws(SystemError) {
    for name in fileNames + [givenName] { try Files.unlink("\(folder)/\(name)") }
    try Files.removeDirectory(folder)
  }

  /// Brings a running container's resolv.conf to what the device's says now. In place: the file is mounted.
  func renewResolver(of record: ContainerRecord, id: ContainerID) throws(WherryError) {
    let folder = run.files(id)
    let (path, given) = (folder + "/resolv.conf", folder + "/" + Self.givenName)
    let isOnHostNetwork = ContainerRecordFacts.network(record) == "host"
    let files = try hostFiles(of: record, id: id, hostname: "", isOnHostNetwork: isOnHostNetwork)
    let wanted = Array(files.resolver.utf8)
    try WherryError.converting { () throws(SystemError) in
      guard let now = try Files.readIfPresent(path), let before = try Files.readIfPresent(given) else {
        return
      }
      // One that is cut short is the engine's as well: a writer was killed, or /run was full.
      guard now == before || wanted.starts(with: now) else { return }
      if now != wanted { try Files.write(path, wanted) }
      if before != wanted { try Files.replace(given, wanted) }
    }
  }

  private func hostFiles(
    of record: ContainerRecord, id: ContainerID, hostname: String, isOnHostNetwork: Bool
  ) throws(WherryError) -> HostFiles {
    let extra = try (record.spec.extraHosts ?? []).map { text throws(WherryError) in try ExtraHost(text) }
    let sandbox = networks.sandbox(of: id)
    var files = HostFiles(
      hostname: hostname, network: isOnHostNetwork ? "host" : "none",
      hostHosts: isOnHostNetwork ? try hostText(settings.hostsFile) : "",
      hostResolver: isOnHostNetwork ? try hostText(settings.resolverFile) : "", extra: extra,
      addresses: (sandbox?.endpoints ?? []).flatMap(\.addresses))
    if isOnHostNetwork { return files }
    if let other = sharedFiles(of: record) {
      // As Docker: the other's names, of the network that is the other's too.
      let folder = run.files(other)
      let (hosts, resolver) = (try hostText(folder + "/hosts"), try hostText(folder + "/resolv.conf"))
      if !hosts.isEmpty { files.hosts = hosts }
      if !resolver.isEmpty { files.resolver = resolver }
    } else if let sandbox {
      let names = sandbox.endpoints.filter(\.network.hasNames).flatMap {
        $0.network.subnets.prefix(1).map(\.gateway)
      }
      files.resolver = ResolverFile.text(
        host: try resolverText(), names: names, ipv6: sandbox.endpoints.contains { $0.network.isIPv6 },
        spec: record.spec)
    }
    return files
  }

  private func resolverText() throws(WherryError) -> String {
    let resolver = DeviceResolver(file: settings.resolverFile)
    return try WherryError.converting { () throws(SystemError) in try resolver.text() }
  }

  private func hostText(_ path: String) throws(WherryError) -> String {
    try WherryError.converting { () throws(SystemError) in
      String(decoding: try Files.readIfPresent(path) ?? [], as: UTF8.self)
    }
  }
}
