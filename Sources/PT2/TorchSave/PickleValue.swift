import Basics

/// A value of a pickle, as data. Containers and tensors are places in a heap, so that a value that is mentioned often is kept once
/// and a container may hold itself.
enum PickleValue: Hashable, Sendable {
    case none
    case boolean(Bool)
    case integer(Int)
    case float(Double)
    case text(String)
    case symbol(PickleSymbol)
    case list(Int)
    case tuple(Int)
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)
}

/// What the values of one pickle point to. Its size is linear in that of the pickle.
struct PickleHeap: Sendable {
    /// The elements of lists and tuples.
    var sequences: [[PickleValue]] = []
    var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    var storages: [Storage] = []
    var tensors: [Tensor] = []

    /// A storage that tensors are views of.
    struct Storage: Sendable {
        /// Nil where any tensor may say how the bytes are read.
        var scalarType: ScalarType?
        var bytes: ByteStorage
    }

    /// A view of a storage, not checked yet. Sizes, strides and offset count elements.
    struct Tensor: Sendable {
        var scalarType: ScalarType
        /// Empty for a tensor without content.
        var bytes: ByteStorage
        var storageOffset: Int
        var sizes: [Int]
        var strides: [Int]
    }
}

/// Why a pickle was refused. Offsets count bytes from its start.
package enum PickleProblem: Error, Hashable, Sendable {
    case tooLong(Int)
    case unexpectedEnd
    case opcode(UInt8, at: Int)
    case malformed(String, at: Int)
    /// A class or function that is not one of the few whose meaning is known.
    case symbol(String)
    case missingStorage(String)
    /// The values are sound, but not those that were looked for.
    case notThis(String)
}
