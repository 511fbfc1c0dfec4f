/// Bounds on what an archive may ask for, far above any real program, so that a hostile file costs little.
enum Limits {
    /// Nesting of JSON objects and arrays; six levels of nested sub-graphs fit.
    static let jsonDepth = 64
    /// UTF-8 bytes of a member name.
    static let nameBytes = 4096
    /// Dimensions of a tensor.
    static let rank = 16
    /// Elements of a tensor; an expanded view may claim more elements than its storage has bytes.
    static let elements = 1 << 40
    /// Bytes of a tensor that repeats the elements of a smaller storage.
    static let expandedBytes = 1 << 30
    /// UTF-8 bytes of one symbolic expression.
    static let expressionBytes = 1 << 16
    /// Nesting of calls in one symbolic expression.
    static let expressionDepth = 64
    /// Bytes of a safetensors header, as the reference implementation bounds it.
    static let safetensorsHeaderBytes = 100_000_000
    /// Bytes of a pickle; that of a state dictionary has about 150 for each tensor.
    static let pickleBytes = 1 << 23
    /// Containers and leaves of the arguments that a program was captured with.
    static let sampleInputs = 1 << 16
}
