/// Of this build; client and daemon are one binary.
package let clientVersion = "0.1.0"
