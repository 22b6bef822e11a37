import Glibc
import WherryClient
import WherryModel
import WherryRPC
import WherryWire

/// Names that the daemon knows, for completion. None where it does not answer: the user is typing.
enum CompletionNames {
  /// How long the user waits for a key.
  static let patience = Duration.seconds(2)

  static func find(_ kinds: [CompletionRequest.Names], _ context: Context) async -> [String] {
    var found: [String] = []
    do {
      if kinds.contains(.contexts) {
        found += try [ConnectionContext.defaultName] + Context.store().names()
      }
      guard kinds.contains(where: { $0 != .contexts }) else { return found }
      let destination = try Destination.resolve(context.choice, Context.environment)
      // A login may ask for a password, in the middle of a line.
      if case .ssh = destination.endpoint.transport { return found }
      let client = try await Client.connect(to: destination)
      for kind in kinds { found += try await names(kind, client) }
    } catch {
      return found
    }
    return found
  }

  private static func names(
    _ kind: CompletionRequest.Names, _ client: WherryCalls
  ) async throws -> [String] {
    switch kind {
    case .containers: try await client.containerList(ContainerListParams(all: true)).containers.map(\.name)
    case .runningContainers: try await client.containerList(ContainerListParams()).containers.map(\.name)
    case .images:
      try await client.imageList(ImageListParams()).images.flatMap(\.references).map(ImageInspect.familiar)
    case .networks: try await client.networkList(NetworkListParams()).networks.map(\.name)
    case .volumes: try await client.volumeList(VolumeListParams()).volumes.map(\.name)
    case .plugins: try await client.pluginList().plugins.map(\.name)
    case .contexts: []
    }
  }
}
