import WherryEngine
import WherryLinux
import WherryModel
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func containerCopyOut(
    _ params: ContainerCopyOutParams, output: ItemSink<ArchiveChunk>, context: CallContext
  ) async throws -> ContainerCopyOutResult {
    try await serve(context, "\(params.container):\(params.path)") {
      try await engine.containers.copyOut(
        params.container, params.path, follow: params.follow ?? false, name: params.name
      ) { bytes in
        try await output.send(ArchiveChunk(data: bytes))
      }
      return ContainerCopyOutResult()
    }
  }

  package func containerCopyIn(
    _ params: ContainerCopyInParams, input: ItemSource<ArchiveChunk>, context: CallContext
  ) async throws -> ContainerCopyInResult {
    try await serve(context, "\(params.container):\(params.folder)") {
      try await engine.containers.copyIn(
        params.container, params.folder, keepsOwners: params.keepOwners ?? false,
        chunks: input.map { $0.data })
      return ContainerCopyInResult()
    }
  }

  package func containerPathStatus(
    _ params: ContainerPathStatusParams, context: CallContext
  ) async throws -> ContainerPathStatusResult {
    try await serve(context, "\(params.container):\(params.path)") {
      let found = try await engine.containers.pathStatus(params.container, params.path)
      let status = found.status
      return ContainerPathStatusResult(
        kind: status.kind.wire, permissions: UInt64(status.permissions), size: UInt64(clamping: status.size),
        modified: Timestamp(
          nanoseconds: UInt64(clamping: status.modified.seconds).multipliedReportingOverflow(
            by: 1_000_000_000
          )
          .partialValue),
        target: found.target)
    }
  }

  package func containerExport(
    _ params: ContainerExportParams, output: ItemSink<ArchiveChunk>, context: CallContext
  ) async throws -> ContainerExportResult {
    try await serve(context, params.container) {
      try await engine.containers.export(params.container) { bytes in
        try await output.send(ArchiveChunk(data: bytes))
      }
      return ContainerExportResult()
    }
  }
}

extension FileStatus.Kind {
  fileprivate var wire: FileKind {
    switch self {
    case .regular: .regular
    case .directory: .directory
    case .symbolicLink: .symbolicLink
    case .characterDevice, .blockDevice, .unknown: .device
    case .fifo: .fifo
    case .socket: .socket
    }
  }
}

extension DaemonAPI {
  package func containerChanges(
    _ params: ContainerChangesParams, output: ItemSink<PathChange>, context: CallContext
  ) async throws -> ContainerChangesResult {
    try await serve(context, params.container) {
      for change in try await engine.containers.changes(params.container) { try await output.send(change) }
      return ContainerChangesResult()
    }
  }
}

extension DaemonAPI {
  package func containerCommit(
    _ params: ContainerCommitParams, context: CallContext
  ) async throws -> ContainerCommitResult {
    try await serve(context, params.container) {
      let id = try await engine.containers.commit(
        params.container,
        CommitRequest(
          reference: params.reference, author: params.author, message: params.message,
          changes: params.changes ?? [], pauses: !(params.running ?? false)))
      return ContainerCommitResult(id: id.description)
    }
  }
}
