package import WherryModel
package import WherryRPC
package import WherryWire

/// The plugins of the device, as the service knows them.
package protocol Plugins: Sendable {
  func list() async throws -> [PluginDetail]
  func inspect(_ name: String) async throws -> PluginDetail
  /// Why one of `plugins` does not allow a call; nil where all do.
  func refusal(of request: AuthorizationRequestParams, by plugins: [String]) async throws -> WherryError?
}

extension DaemonAPI {
  package func pluginList(_ params: PluginListParams, context: CallContext) async throws -> PluginListResult {
    try await serve(context, "") { PluginListResult(plugins: try await plugins?.list() ?? []) }
  }

  package func pluginInspect(
    _ params: PluginInspectParams, context: CallContext
  ) async throws -> PluginInspectResult {
    try await serve(context, params.name) {
      guard let plugins else {
        throw WherryError(.notFound, "plugin \"\(params.name.prefix(64))\" not found")
      }
      return try await plugins.inspect(params.name)
    }
  }

  /// What the device's own units tell the engine, as root: a plugin that is not up yet, or hangs, must not keep a boot's
  /// containers down or the end of one unrecorded.
  private static let unitCalls: [RPCMethod] = [.containerExited, .containerRestore, .containerHealthCheck]

  /// Throws where a plugin of the settings does not allow the call, or cannot be asked.
  func authorize(_ context: CallContext, object: String, privileges: [String]) async throws {
    guard !facts.authorizationPlugins.isEmpty, let plugins else { return }
    if context.peer.uid == 0, Self.unitCalls.contains(where: { $0.number == context.method.number }) {
      return
    }
    let request = AuthorizationRequestParams(
      method: context.method.name, role: context.peer.role.name, peer: context.peer.description,
      uid: context.peer.uid.map(UInt64.init), object: object.isEmpty ? nil : object,
      privileges: privileges.isEmpty ? nil : privileges)
    if let refusal = try await plugins.refusal(of: request, by: facts.authorizationPlugins) { throw refusal }
  }

  /// For `info`. Those that cannot be used are left out; `plugin ls` says why.
  func pluginFacts() async throws -> PluginFacts {
    let drivers = try await plugins?.list().filter { $0.capabilities?.contains("volume") ?? false } ?? []
    return PluginFacts(volume: ["local"] + drivers.map(\.name), authorization: facts.authorizationPlugins)
  }
}
