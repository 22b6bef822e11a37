import WherryEngine
import WherryModel
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func networkCreate(
    _ params: NetworkCreateParams, context: CallContext
  ) async throws -> NetworkCreateResult {
    try await serve(context, params.spec.name) {
      NetworkCreateResult(id: try await engine.networks.create(params.spec))
    }
  }

  package func networkList(
    _ params: NetworkListParams, context: CallContext
  ) async throws -> NetworkListResult {
    try await serve(context, "") {
      let networks = try await engine.networks.list(filters: params.filters ?? [:])
      return NetworkListResult(networks: networks.map { engine.detail(of: $0) })
    }
  }

  package func networkInspect(
    _ params: NetworkReference, context: CallContext
  ) async throws -> NetworkDetail {
    try await serve(context, params.network) {
      engine.detail(of: try await engine.networks.inspect(params.network))
    }
  }

  package func networkRemove(
    _ params: NetworkReference, context: CallContext
  ) async throws -> NetworkRemoveResult {
    try await serve(context, params.network) {
      NetworkRemoveResult(name: try await engine.networks.remove(params.network))
    }
  }

  package func networkPrune(
    _ params: NetworkPruneParams, context: CallContext
  ) async throws -> NetworkPruneResult {
    try await serve(context, "") {
      NetworkPruneResult(
        deleted: try await engine.networks.prune(
          filters: params.filters ?? [:], dryRun: params.dryRun ?? false))
    }
  }

  package func networkConnect(
    _ params: NetworkConnectParams, context: CallContext
  ) async throws -> NetworkConnectResult {
    try await serve(context, "\(params.container) to \(params.network.name)") {
      try await engine.containers.connect(params.container, to: params.network)
      return NetworkConnectResult()
    }
  }

  package func networkDisconnect(
    _ params: NetworkDisconnectParams, context: CallContext
  ) async throws -> NetworkDisconnectResult {
    try await serve(context, "\(params.container) from \(params.network)") {
      try await engine.containers.disconnect(
        params.container, from: params.network, force: params.force ?? false)
      return NetworkDisconnectResult()
    }
  }
}
