/// One instruction of the machine, without its header. Closed: a simulator's switch does not compile until a new instruction has values and cycles.
///
/// ## Kernels are position independent
/// Code holds no address of DRAM or of on-chip memory, no weight, scale or table. `load` and `store` name an operand number, which the step binds to a space and a base;
/// workspace addresses are relative to a base the step binds as well. Accumulators are a separate memory, all of it free for each kernel.
package enum Instruction: Hashable, Sendable {
    case load(Load)
    case fill(Fill)
    case store(Store)
    case loadGathered(LoadGathered)
    case storeScattered(StoreScattered)
    case loadWeights(LoadWeights)
    case matmulWeightStationary(MatmulWeightStationary)
    case matmulOutputStationary(MatmulOutputStationary)
    case vectorBinary(VectorBinary)
    case vectorUnary(VectorUnary)
    case vectorSelect(VectorSelect)
    case vectorReduce(VectorReduce)
    case vectorWindow(VectorWindow)
    case vectorCopy(VectorCopy)
    case drain(Drain)
    case requantise(Requantise)
    case halt(Halt)

    /// The instruction with all fields zero.
    package init(zeroed opcode: Opcode) {
        switch opcode {
        case .load: self = .load(Load())
        case .fill: self = .fill(Fill())
        case .store: self = .store(Store())
        case .loadGathered: self = .loadGathered(LoadGathered())
        case .storeScattered: self = .storeScattered(StoreScattered())
        case .loadWeights: self = .loadWeights(LoadWeights())
        case .matmulWeightStationary: self = .matmulWeightStationary(MatmulWeightStationary())
        case .matmulOutputStationary: self = .matmulOutputStationary(MatmulOutputStationary())
        case .vectorBinary: self = .vectorBinary(VectorBinary())
        case .vectorUnary: self = .vectorUnary(VectorUnary())
        case .vectorSelect: self = .vectorSelect(VectorSelect())
        case .vectorReduce: self = .vectorReduce(VectorReduce())
        case .vectorWindow: self = .vectorWindow(VectorWindow())
        case .vectorCopy: self = .vectorCopy(VectorCopy())
        case .drain: self = .drain(Drain())
        case .requantise: self = .requantise(Requantise())
        case .halt: self = .halt(Halt())
        }
    }

    /// The struct inside.
    package var body: any InstructionBody {
        switch self {
        case .load(let body): body
        case .fill(let body): body
        case .store(let body): body
        case .loadGathered(let body): body
        case .storeScattered(let body): body
        case .loadWeights(let body): body
        case .matmulWeightStationary(let body): body
        case .matmulOutputStationary(let body): body
        case .vectorBinary(let body): body
        case .vectorUnary(let body): body
        case .vectorSelect(let body): body
        case .vectorReduce(let body): body
        case .vectorWindow(let body): body
        case .vectorCopy(let body): body
        case .drain(let body): body
        case .requantise(let body): body
        case .halt(let body): body
        }
    }

    package var opcode: Opcode { type(of: body).opcode }
    package var unit: Unit { type(of: body).unit }
    /// The manual's paragraph.
    package var summary: StaticString { type(of: body).summary }

    /// The operand that bytes are moved from or to, and how many are moved; nil for what stays on the machine.
    package var transfer: (operand: Int, bytes: Int, isLoad: Bool)? {
        switch self {
        case .load(let body): (body.geometry.operand, body.geometry.totalBytes, true)
        case .store(let body): (body.geometry.operand, body.geometry.totalBytes, false)
        case .loadGathered(let body): (body.geometry.operand, body.geometry.totalBytes, true)
        case .storeScattered(let body): (body.geometry.operand, body.geometry.totalBytes, false)
        default: nil
        }
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        body.appendAccesses(core: core, to: &accesses)
    }

    /// Everything the instruction reads and writes outside its unit, on `core`.
    package func accesses(core: Int) -> [Access] {
        var accesses: [Access] = []
        appendAccesses(core: core, to: &accesses)
        return accesses
    }

    /// Throws `.malformed` for fields that make no sense together; field ranges are the encoder's business.
    package func checkStructure() throws(InstructionError) {
        try body.checkStructure()
    }
}

extension Instruction {
    /// Walks the visitor over the fields, in encoding order.
    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        switch self {
        case .load(let body): self = .load(try body.visited(by: &visitor))
        case .fill(let body): self = .fill(try body.visited(by: &visitor))
        case .store(let body): self = .store(try body.visited(by: &visitor))
        case .loadGathered(let body): self = .loadGathered(try body.visited(by: &visitor))
        case .storeScattered(let body): self = .storeScattered(try body.visited(by: &visitor))
        case .loadWeights(let body): self = .loadWeights(try body.visited(by: &visitor))
        case .matmulWeightStationary(let body): self = .matmulWeightStationary(try body.visited(by: &visitor))
        case .matmulOutputStationary(let body): self = .matmulOutputStationary(try body.visited(by: &visitor))
        case .vectorBinary(let body): self = .vectorBinary(try body.visited(by: &visitor))
        case .vectorUnary(let body): self = .vectorUnary(try body.visited(by: &visitor))
        case .vectorSelect(let body): self = .vectorSelect(try body.visited(by: &visitor))
        case .vectorReduce(let body): self = .vectorReduce(try body.visited(by: &visitor))
        case .vectorWindow(let body): self = .vectorWindow(try body.visited(by: &visitor))
        case .vectorCopy(let body): self = .vectorCopy(try body.visited(by: &visitor))
        case .drain(let body): self = .drain(try body.visited(by: &visitor))
        case .requantise(let body): self = .requantise(try body.visited(by: &visitor))
        case .halt(let body): self = .halt(try body.visited(by: &visitor))
        }
    }
}

extension InstructionBody {
    fileprivate func visited<Visitor: FieldVisitor>(by visitor: inout Visitor) throws(InstructionError) -> Self {
        var copy = self
        try copy.visitFields(&visitor)
        return copy
    }
}
