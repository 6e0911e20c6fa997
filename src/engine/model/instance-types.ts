/** The machine types the engine offers: a documented choice of the vendor's families, each kept by a slot here. */

export interface InstanceFamily {
  readonly name: string;
  /** What people see before the name: `Standard S5`. */
  readonly kind: string;
  /** What DescribeInstanceCategories files it under. */
  readonly category: string;
  /** GiB of memory for one core, one type for each. */
  readonly memoryPerCore: readonly number[];
  /** Yuan per core and hour, paid as used. Invented, of a plausible size: nothing is charged here. */
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

/** Names, sizes and processors are the vendor's; which of its families are offered is this engine's choice. */
export const instanceFamilies: readonly InstanceFamily[] = [
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

/** The vendor's word for a size: `SMALL`, `MEDIUM`, `LARGE`, then multiples of four cores as `2XLARGE`. */
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

/** A spot machine costs a fifth of an hourly one, the discount the vendor's pages name most often. */
export const spotDiscount = 20;

/**
 * Cores and memory that a type's name says: `GN2.7XLARGE56` has 28 cores and 56 GiB.
 * A type need not be one the engine lists: every well-formed one is taken and gets a slot.
 * @returns one core and 1 GiB for a name that does not say
 */
export const capacityOf = (instanceType: string): { readonly cpu: number; readonly memory: number } => {
  const [, multiple, size, memory] = /\.(\d*)(SMALL|MEDIUM|LARGE|XLARGE)(\d*)$/.exec(instanceType) ?? [];
  if (size === undefined) return { cpu: 1, memory: 1 };
  const each = { SMALL: 1, MEDIUM: 2, LARGE: 4, XLARGE: 4 }[size] ?? 1;
  const cpu = each * Number(multiple || 1);
  return { cpu, memory: Number(memory || cpu) };
};

/**
 * The smallest listed type with at least so many cores and so much memory.
 * @param categories as in `InstanceTypeOptions.InstanceCategories`; `ALL` or none for any
 */
export const smallestTypeFor = (
  cpu: number,
  memory: number,
  categories: readonly string[] = [],
): InstanceType | undefined => {
  const isWanted = (type: InstanceType) =>
    categories.length === 0 || categories.includes('ALL') || categories.includes(type.family.category);
  return instanceTypes
    .filter((type) => type.cpu >= cpu && type.memory >= memory && isWanted(type))
    .sort((a, b) => a.cpu - b.cpu || a.memory - b.memory)[0];
};
