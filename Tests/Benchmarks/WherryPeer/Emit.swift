import Glibc

// Shared by both peers: GRPCPeer/Emit.swift is a link to this file.

/// Prints a line that whoever reads the pipe sees at once.
func emit(_ line: String) {
  print(line)
  fflush(nil)
}
