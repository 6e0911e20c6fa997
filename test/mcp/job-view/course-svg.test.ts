import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { courseSvgOf } from '../../../src/mcp/job-view/course-svg.ts';
import { xmlTextOf } from '../../../src/mcp/job-view/svg-parts.ts';
import { inventCourse } from './course-facts.ts';

const payloads = [
  '</text><script>alert(1)</script>',
  '</script><img src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '" onload="alert(1)',
  "' onmouseover='alert(1)",
  'javascript:alert(1)',
  ']]><script>alert(1)</script>',
  '<!--',
  '-->',
  '&#60;script&#62;',
  '<?xml-stylesheet href="x"?>',
  '<!ENTITY x "y">',
  '\u0000\u0007\u001b[31mred\ud800\uffff',
  '\u2028\u202eabc',
];

interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Every element of a document, with its attributes, as another library reads it. */
const nodesOf = (svg: string): readonly Node[] => {
  const parser = new XMLParser({ ignoreAttributes: false, preserveOrder: true, attributeNamePrefix: '' });
  const walk = (items: readonly Record<string, unknown>[]): readonly Node[] =>
    items.flatMap((item) => {
      const name = Object.keys(item).find((key) => key !== ':@') ?? '';
      const children = item[name];
      const attributes = (item[':@'] ?? {}) as Node['attributes'];
      return [{ name, attributes }, ...(Array.isArray(children) ? walk(children) : [])];
    });
  return walk(parser.parse(svg) as Record<string, unknown>[]).filter(({ name }) => name !== '#text');
};

describe.each(payloads)('with %j in every text that a job chooses', (payload) => {
  const svg = courseSvgOf(
    inventCourse({
      at: 200,
      nameOf: (position) => `${position}${payload}`,
      jobName: payload,
      reason: payload,
      tags: [{ Key: payload, Value: payload }],
    }),
  );

  test('the picture is well-formed XML', () => {
    expect(XMLValidator.validate(svg)).toBe(true);
  });

  test('the picture has only the elements and attributes of the program', () => {
    const nodes = nodesOf(svg);
    const elements = new Set(nodes.map(({ name }) => name));
    expect(
      [...elements].filter(
        (name) => !['svg', 'title', 'style', 'rect', 'line', 'text', 'path'].includes(name),
      ),
    ).toEqual([]);
    const attributes = new Set(nodes.flatMap((node) => Object.keys(node.attributes)));
    expect([...attributes].filter((name) => /^on|href|src/i.test(name))).toEqual([]);
  });
});

test('a picture loads nothing and has no script', () => {
  const svg = courseSvgOf(inventCourse({ tasks: 5, instances: 3000 }));
  expect(svg).not.toMatch(/<script|<foreignObject|<image|<use|<a[ >]|url\(|@import|href/i);
  // The name space is a name, not an address that is read.
  expect(svg.match(/https?:\/\/[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
});

test('names that differ at the end only are told apart', () => {
  const svg = courseSvgOf(
    inventCourse({
      tasks: 2,
      instances: 2,
      nameOf: (position) => `${'a-very-long-name-'.repeat(3)}0${position}`,
    }),
  );
  expect(svg.match(/>a-very-long-name-a…[^<]*</g)).toEqual([
    '>a-very-long-name-a…very-long-name-00<',
    '>a-very-long-name-a…very-long-name-01<',
  ]);
});

test('text keeps its characters, but for those that XML does not allow', () => {
  expect(xmlTextOf('a\u0001b <c> & "d" \u{1f600} 作业\ud800')).toBe(
    'ab &lt;c&gt; &amp; &quot;d&quot; \u{1f600} 作业',
  );
});

test('of a job with many tasks 60 are drawn, and the others are counted', () => {
  const svg = courseSvgOf(inventCourse({ tasks: 80, instances: 80 }));
  expect(svg).toContain('20 more tasks are not drawn.');
  expect(svg).toContain('>task-60<');
  expect(svg).not.toContain('>task-61<');
});

test('a picture of 100,000 instances in 60 tasks is below 500 kB', () => {
  expect(courseSvgOf(inventCourse({ tasks: 60, instances: 100_000 })).length).toBeLessThan(500_000);
});
