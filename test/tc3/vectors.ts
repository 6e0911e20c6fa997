/** Published and recomputed signatures, with the known values of each stage. */

const key = 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE';
/** Some pages of the vendor replace the end of the key by asterisks and sign with the asterisks. */
const maskedKey = 'Gu5t9xGARNpq86cd98joQYCN3*******';

const unnamedChinese = String.raw`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`;
const unnamed = '{"Limit": 1, "Filters": [{"Values": ["unnamed"], "Name": "instance-name"}]}';

export interface Vector {
  readonly title: string;
  readonly secretKey: string;
  readonly timestamp: number;
  readonly service: string;
  readonly method: 'POST' | 'GET';
  readonly query?: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signedHeaders: readonly string[];
  readonly isPayloadSigned?: false;
  /** The stages that the source documents. */
  readonly stages: {
    readonly hashedPayload?: string;
    readonly hashedCanonicalRequest?: string;
    readonly signature: string;
  };
}

const cvm = {
  timestamp: 1551113065,
  service: 'cvm',
  method: 'POST',
  headers: {
    'content-type': 'application/json; charset=utf-8',
    host: 'cvm.tencentcloudapi.com',
    'x-tc-action': 'DescribeInstances',
  },
  signedHeaders: ['content-type', 'host'],
} as const;

const batch = {
  secretKey: key,
  timestamp: 1551113065,
  service: 'batch',
  method: 'POST',
  headers: { 'content-type': 'application/json', host: 'batch.tencentcloudapi.com' },
  signedHeaders: ['content-type', 'host'],
} as const;

const form = 'application/x-www-form-urlencoded';

export const vectors: readonly Vector[] = [
  {
    ...cvm,
    title: 'vendor page, POST with escaped characters',
    secretKey: key,
    body: unnamedChinese,
    stages: {
      hashedPayload: '35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064',
      hashedCanonicalRequest: '5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031',
      signature: '72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168',
    },
  },
  {
    ...cvm,
    title: 'vendor page, POST, masked key',
    secretKey: maskedKey,
    body: unnamed,
    stages: {
      hashedPayload: '99d58dfbc6745f6747f36bfca17dee5e6881dc0428a0a36f96199342bc5b4907',
      hashedCanonicalRequest: '2815843035062fffda5fd6f2a44ea8a34818b0dc46f024b8b3786976a3adda7a',
      signature: 'c492e8e41437e97a620b728c301bb8d17e7dc0c17eeabce80c20cd70fc3a78ff',
    },
  },
  {
    ...cvm,
    title: 'vendor page, POST with escaped characters, masked key',
    secretKey: maskedKey,
    body: unnamedChinese,
    stages: {
      signature: '2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c',
    },
  },
  {
    ...cvm,
    title: 'vendor page, the action signed too',
    secretKey: maskedKey,
    body: unnamedChinese,
    signedHeaders: ['content-type', 'host', 'x-tc-action'],
    stages: {
      signature: 'be4f67d323c78ab9acb7395e43c0dbcf822a9cfac32fea2449a7bc7726b770a3',
    },
  },
  {
    ...cvm,
    title: 'vendor page, the action signed too, key of asterisks only',
    secretKey: '*'.repeat(32),
    body: unnamedChinese,
    signedHeaders: ['content-type', 'host', 'x-tc-action'],
    stages: {
      hashedCanonicalRequest: '7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84',
      signature: '10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f',
    },
  },
  {
    ...cvm,
    title: 'vendor page, GET',
    secretKey: key,
    timestamp: 1539084154,
    method: 'GET',
    query: 'Limit=10&Offset=0',
    headers: { 'content-type': form, host: 'cvm.tencentcloudapi.com' },
    stages: {
      hashedPayload: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      signature: '5da7a33f6993f0614b047e5df4582db9e9bf4672ba50567dba16c6ccf174c474',
    },
  },
  {
    ...batch,
    title: 'vendor SDK, POST',
    body: '{"JobId":"job-97zcl3wt"}',
    stages: {
      signature: 'b12f68e4e06ada88a0e7ada1bc14c1009ece249e106a89d39c71ceecd33bf6ab',
    },
  },
  {
    ...batch,
    title: 'vendor SDK, GET with dotted parameters',
    method: 'GET',
    query: 'Filters.0.Name=job-state&Filters.0.Values.0=RUNNING&Limit=10&Offset=0',
    headers: { 'content-type': form, host: 'batch.tencentcloudapi.com' },
    stages: {
      signature: '3e8c024a91cf1af531dcc16526729a36564a436af827de434fcabc40ea21cf43',
    },
  },
  {
    ...batch,
    title: 'vendor SDK, POST with an unsigned payload',
    body: '{"JobId":"job-97zcl3wt"}',
    headers: { ...batch.headers, 'x-tc-content-sha256': 'UNSIGNED-PAYLOAD' },
    isPayloadSigned: false,
    stages: {
      hashedPayload: '438d4109ef0d676b8c2c7ed13cdfcb418e494d53b843d4634ce3b1085f07bb96',
      signature: '099b1fd1bb0f9d0f8aa1a1a1d71614bf7afbc6fdc1227a9aa4a3805582ee2862',
    },
  },
];

const v1 = {
  Action: 'DescribeInstances',
  'InstanceIds.0': 'ins-09dx96dg',
  Limit: '20',
  Nonce: '11886',
  Offset: '0',
  Region: 'ap-guangzhou',
  Timestamp: '1465185768',
  Version: '2017-03-12',
};

export interface VectorV1 {
  readonly title: string;
  readonly secretKey: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export const vectorsV1: readonly VectorV1[] = [
  {
    title: 'vendor page',
    secretKey: key,
    parameters: {
      ...v1,
      SecretId: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE',
      Signature: 'EliP9YW3pW28FpsEdkXt/+WcGeI=',
    },
  },
  {
    title: 'vendor page, masked key',
    secretKey: maskedKey,
    parameters: {
      ...v1,
      SecretId: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******',
      Signature: 'zmmjn35mikh6pM3V7sUEuX4wyYM=',
    },
  },
];
