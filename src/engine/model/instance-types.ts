/** The instance types the engine lists: a documented selection of the vendor's families, each run on a slot here. */

export interface InstanceFamily {
  readonly name: string;
  /** The label before the name: `Standard S5`. */
  readonly kind: string;
  /** Its category in DescribeInstanceCategories. */
  readonly category: string;
  /** GiB of memory per core; one type for each value. */
  readonly memoryPerCore: readonly number[];
  /** Yuan per core and hour, pay-as-you-go. Fictitious but plausible: nothing is charged here. */
  readonly pricePerCore: number;
  readonly processor: string;
  readonly frequency: string;
}

export interface InstanceType {
  readonly name: string;
  readonly family: InstanceFamily;
  readonly cpu: number;
  /** GiB. */
  readonly memory: number;
}

const cores = [1, 2, 4, 8, 16, 32] as const;
const cascadeLake = { processor: 'Intel Xeon Cascade Lake 8255C', frequency: '2.5GHz/3.1GHz' };

/** Names, sizes and processors are the vendor's; the selection is this engine's. */
const instanceFamilies: readonly InstanceFamily[] = [
  {
    name: 'S5',
    kind: 'Standard',
    category: 'GENERAL_3',
    memoryPerCore: [1, 2, 4],
    pricePerCore: 0.12,
    ...cascadeLake,
  },
  {
    name: 'M5',
    kind: 'Memory Optimized',
    category: 'GENERAL_3',
    memoryPerCore: [8],
    pricePerCore: 0.21,
    ...cascadeLake,
  },
  {
    name: 'C5',
    kind: 'Compute',
    category: 'COMPUTE_3',
    memoryPerCore: [2, 4],
    pricePerCore: 0.15,
    ...cascadeLake,
  },
  {
    name: 'SA2',
    kind: 'Standard',
    category: 'GENERAL_3',
    memoryPerCore: [1, 2, 4],
    pricePerCore: 0.1,
    processor: 'AMD EPYC ROME 7K62',
    frequency: '2.6GHz/3.3GHz',
  },
  {
    name: 'S2',
    kind: 'Standard',
    category: 'GENERAL_2',
    memoryPerCore: [1, 2, 4],
    pricePerCore: 0.14,
    processor: 'Intel Xeon E5-2680 v4',
    frequency: '2.4GHz/-',
  },
];

/** Families by category, for DescribeInstanceCategories. */
export const instanceCategories: readonly {
  readonly category: string;
  readonly families: readonly string[];
}[] = [...new Set(instanceFamilies.map((family) => family.category))].map((category) => ({
  category,
  families: instanceFamilies.filter((family) => family.category === category).map((family) => family.name),
}));

/** The vendor's name for a size: `SMALL`, `MEDIUM`, `LARGE`, then multiples of four cores as `2XLARGE`. */
const sizeOf = (cpu: number): string =>
  cpu === 1 ? 'SMALL' : cpu === 2 ? 'MEDIUM' : cpu === 4 ? 'LARGE' : `${cpu / 4}XLARGE`;

export const instanceTypes: readonly InstanceType[] = instanceFamilies.flatMap((family) =>
  cores.flatMap((cpu) =>
    family.memoryPerCore.map((perCore) => {
      const memory = cpu * perCore;
      return { name: `${family.name}.${sizeOf(cpu)}${memory}`, family, cpu, memory };
    }),
  ),
);

/** Percent of the hourly price; the figure the vendor's pages name most often. */
export const spotDiscount = 20;

/**
 * Cores and memory by the name of a type: `GN2.7XLARGE56` has 28 cores and 56 GiB.
 * The type need not be listed: every well-formed one is accepted and gets a slot.
 * @returns one core and 1 GiB for a name of another form
 */
export const capacityOf = (instanceType: string): { readonly cpu: number; readonly memory: number } => {
  const [, multiple, size, memory] = /\.(\d*)(SMALL|MEDIUM|LARGE|XLARGE)(\d*)$/.exec(instanceType) ?? [];
  if (size === undefined) return { cpu: 1, memory: 1 };
  const each = { SMALL: 1, MEDIUM: 2, LARGE: 4, XLARGE: 4 }[size] ?? 1;
  const cpu = each * Number(multiple || 1);
  return { cpu, memory: Number(memory || cpu) };
};

/**
 * The smallest listed type with at least the given cores and memory.
 * @param categories as in `InstanceTypeOptions.InstanceCategories`; `ALL` or none for any
 */
export const smallestTypeFor = (
  cpu: number,
  memory: number,
  categories: readonly string[] = [],
): InstanceType | undefined => {
  const isInCategory = (type: InstanceType) =>
    categories.length === 0 || categories.includes('ALL') || categories.includes(type.family.category);
  return instanceTypes
    .filter((type) => type.cpu >= cpu && type.memory >= memory && isInCategory(type))
    .sort((a, b) => a.cpu - b.cpu || a.memory - b.memory)[0];
};
