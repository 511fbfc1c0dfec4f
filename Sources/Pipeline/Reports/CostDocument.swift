import Machine
import Simulation

/// The JSON document `reglaze.cost/1`.
package struct CostDocument: Encodable {
    let schema = "reglaze.cost/1"
    let target: String
    let `operator`: String
    let m: Int
    let k: Int
    let n: Int
    let macs: Int
    let dtype: String
    let array: [Int]
    let dataflow: String
    let mode: String
    let computeCycles: Int
    let cycles: Int
    let folds: Int
    let mappingEfficiency: Double
    let macUtilisation: Double
    let spmReads: Int
    let spmWrites: Int
    let dramReadBytes: Int
    let dramWriteBytes: Int
    let energyUj: Double

    package init(_ cost: OperatorCost, target: TargetDescription, element: MachineType) {
        self.target = target.name
        `operator` = cost.shape.name
        let product = cost.shape.product
        (m, k, n) = (product.rows, product.depth, product.columns)
        macs = cost.shape.macs
        dtype = "\(element)"
        array = [cost.arrayRows, cost.arrayColumns]
        if case .array(let flow) = cost.unit { dataflow = flow.rawValue } else { dataflow = "vector" }
        mode = cost.mode.rawValue
        computeCycles = cost.computeCycles
        cycles = cost.cycles
        folds = cost.folds
        mappingEfficiency = cost.mappingEfficiency
        macUtilisation = cost.macUtilisation
        spmReads = cost.onChipReadElements
        spmWrites = cost.onChipWriteElements
        dramReadBytes = cost.dramReadBytes
        dramWriteBytes = cost.dramWriteBytes
        energyUj = cost.energyPicojoules / 1e6
    }

    package var lines: [String] {
        [
            "\(`operator`) \(m)x\(k)x\(n) \(dtype) on \(target), \(array[0])x\(array[1]) \(dataflow), \(mode)",
            "  compute    \(Format.grouped(computeCycles)) cycles" + (folds > 0 ? " in \(Format.count(folds, "fold"))" : ""),
            "  with DRAM  \(Format.grouped(cycles)) cycles, \(Format.bytes(dramReadBytes)) read, \(Format.bytes(dramWriteBytes)) written",
            "  array use  \(Format.decimal(macUtilisation * 100, places: 1)) % of the MACs, \(Format.decimal(mappingEfficiency * 100, places: 1)) % mapped",
            "  scratchpad \(Format.grouped(spmReads)) reads, \(Format.grouped(spmWrites)) writes (elements)",
            "  energy     \(Format.decimal(energyUj, places: 2)) uJ (relative: 45 nm table)",
        ]
    }
}
