import WherryEngine
import WherryLinux
import WherryModel
import WherryRPC
package import WherryWire

/// What there is, for people. Each plugin is asked; one that cannot be used says why.
extension PluginHost {
  /// What somebody only looks at.
  static let askDeadline = Duration.seconds(5)

  package func list() async throws -> [PluginDetail] {
    let folders = folders
    let names = try await pool.run { () throws(WherryError) in try folders.names() }
    return try await withThrowingTaskGroup(of: PluginDetail.self) { group in
      for name in names { group.addTask { try await self.detail(of: name) } }
      var details: [PluginDetail] = []
      for try await detail in group { details.append(detail) }
      return details.sorted { $0.name < $1.name }
    }
  }

  /// Throws `notFound` where there is none of the name.
  package func inspect(_ name: String) async throws -> PluginDetail {
    var detail = try await detail(of: name)
    guard detail.enabled, detail.capabilities?.contains("volume") ?? false else { return detail }
    do {
      detail.volumes = try await call(name, "list volumes", deadline: Self.askDeadline) { calls, deadline in
        try await calls.volumeDriverList(VolumeDriverListParams(), deadline: deadline)
      }.volumes.map { Printable.text($0.name, limit: 255) }.sorted()
    } catch {
      detail.problem = WherryError.wrapping(error).message
    }
    return detail
  }

  private func detail(of name: String) async throws -> PluginDetail {
    do {
      let link = try await link(to: name)
      let description = link.description
      let drives = description.capabilities.contains(.volume)
      return PluginDetail(
        name: name, path: link.file.path, kind: link.file.kind, enabled: true,
        version: Printable.text(description.version),
        description: description.description.map { Printable.text($0, limit: 200) },
        capabilities: Self.names(description.capabilities),
        scope: drives ? (description.scope == .global ? "global" : "local") : nil)
    } catch {
      if error is CancellationError { throw error }
      let failure = WherryError.wrapping(error)
      let (folders, path) = (folders, folders.place(of: name))
      let known = try await pool.run { () throws(WherryError) in try folders.names() }
      guard known.contains(name) else { throw failure }
      return PluginDetail(
        name: name, path: path.path, kind: path.kind, enabled: false, problem: failure.message)
    }
  }

  private static func names(_ capabilities: [PluginCapability]) -> [String] {
    var names: [String] = []
    if capabilities.contains(.volume) { names.append("volume") }
    if capabilities.contains(.authorization) { names.append("authorization") }
    return names
  }
}

extension PluginFolders {
  /// Where a plugin that cannot be used is; the first folder where nobody can tell.
  func place(of name: String) -> (path: String, kind: PluginKind) {
    for folder in paths {
      for (path, kind) in [
        ("\(folder)/\(name)", PluginKind.executable), ("\(folder)/\(name)\(Self.suffix)", .socket),
      ] {
        do throws(SystemError) { if try Files.exists(path) { return (path, kind) } } catch { continue }
      }
    }
    return ("\(paths.first ?? "")/\(name)", .executable)
  }
}
