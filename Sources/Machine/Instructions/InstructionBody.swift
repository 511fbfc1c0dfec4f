/// What one instruction says of itself, once; everything else is a visitor over `visitFields`.
package protocol InstructionBody: Hashable, Sendable {
    static var opcode: Opcode { get }
    static var unit: Unit { get }
    /// The manual's paragraph: what it computes, in which order, with which rounding.
    static var summary: StaticString { get }

    /// All fields zero: what a decoder starts from.
    init()

    /// Lists the fields in encoding order.
    mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError)

    /// Everything read or written outside the unit, for a kernel that runs the instruction on `core`.
    func appendAccesses(core: Int, to accesses: inout [Access])

    /// Throws `.malformed` for fields that are in range but make no sense together.
    func checkStructure() throws(InstructionError)
}

extension InstructionBody {
    package static var mnemonic: String { opcode.mnemonic }

    package func checkStructure() throws(InstructionError) {}

    /// A `.malformed` of this instruction unless `condition` holds.
    func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws(InstructionError) {
        if !condition { throw .malformed(instruction: Self.mnemonic, reason: reason()) }
    }
}

/// The number and the mnemonic of each instruction. 0 is no opcode, so that zeroed memory is no code.
package enum Opcode: UInt8, CaseIterable, Sendable {
    package static let fieldBits = 6
    case load = 1
    case fill, store, loadWeights, matmulWeightStationary, matmulOutputStationary
    case vectorBinary, vectorUnary, vectorSelect, vectorReduce, vectorWindow, vectorCopy, drain, requantise, halt
    case loadGathered, storeScattered

    /// The name in assembly text.
    package var mnemonic: String {
        switch self {
        case .load: "load"
        case .fill: "fill"
        case .store: "store"
        case .loadGathered: "load_gathered"
        case .storeScattered: "store_scattered"
        case .loadWeights: "load_weights"
        case .matmulWeightStationary: "matmul_ws"
        case .matmulOutputStationary: "matmul_os"
        case .vectorBinary: "vector_binary"
        case .vectorUnary: "vector_unary"
        case .vectorSelect: "vector_select"
        case .vectorReduce: "vector_reduce"
        case .vectorWindow: "vector_window"
        case .vectorCopy: "vector_copy"
        case .drain: "drain"
        case .requantise: "requantise"
        case .halt: "halt"
        }
    }

    package init?(mnemonic: some StringProtocol) {
        guard let opcode = Opcode.allCases.first(where: { $0.mnemonic == mnemonic }) else { return nil }
        self = opcode
    }
}
