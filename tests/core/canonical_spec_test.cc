// One framing has one canonical text, whoever prints it and however it was written.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unstick/core/any_framer.h"
#include "unstick/core/described_framer.h"

namespace unstick::inline v0 {
namespace {

struct Same {
  const char* canonical;
  std::vector<const char*> written;
};

const std::vector<Same>& Table() {
  static const std::vector<Same> table = {
      {"length",
       {"length:offset=0", "length:width=0x4", "length:strip=4", "length:strip=header",
        "length:header=4", "length:header=ext", "length:mask=0xffffffff", "length:mask=4294967295",
        "length:unit=1,shift=0,align=1", "length:endian=big,max=8192KiB", "length:max=0x800000",
        "length:trailer=0,min=0"}},
      {"length:strip=none", {"length:strip=0", "length:strip=0x0"}},
      {"length:header=6", {"length:header=ext+2", "length:strip=6,header=6"}},
      {"length:mask=0x3fff", {"length:mask=16383", "length:mask=0X3FFF"}},
      {"length:width=2,shift=4", {"length:width=2,shift=4,mask=4095"}},
      {"length:width=1,mask=0x7f,ext=126:2/127:8",
       {"length:width=1,mask=127,ext=0x7e:2/127:0x8,header=ext"}},
      {"length:plus=6/1&0xf*2", {"length:plus=0x6/1&15*2"}},
      {"length:endian=magic@8:1a2b", {"length:endian=magic@0x8:'\\x1a+'"}},
      {"varint", {"varint:offset=0,max-bytes=5,counts=after", "varint:max-bytes=0x5"}},
      {"varint:quic", {"varint:quic,max-bytes=9", "varint:big7,quic"}},
      {"line", {"delim:end=lf|crlf", "line:eol=lf", "delim:end='\\n'|0d0a", "line:tail=error"}},
      {"line:eol=crlf", {"delim:end=crlf", "delim:end=0D0A", "delim:end=\"\\r\\n\",tail=error"}},
      {"line:eol=lf-only,keep", {"delim:end=lf,keep"}},
      {"delim:end=7c|7c7c", {"delim:end=7c,end=7c7c", "delim:end='|'|'||'"}},
      {"ascii:until=3a,trailer=','", {"ascii:until=':',trailer=\",\",base=0xa"}},
      {"headers:else=until(00)",
       {"headers:else=until(zero)", "headers:else=until('\\0'),eol=crlf"}},
      {"line:count=tail(7b,7d)", {"line:count=tail('{','}')", "line:count=tail(7B,'}')"}},
      {"line:count=token[-1]", {"line:count=token[-0x1]"}},
      {"fixed:size=5", {"fixed:size=5,max=7", "fixed:size=0x5,min=1"}},
      {"table:entry=2", {"table:count=0/4,entry=2", "table:count=0x0/4,unit=1,entry=2"}},
      {"chunks:width=2", {"chunks:ascii=16,width=2", "chunks:width=2,end=zero"}},
      {"switch:0a>(length),else>(line)",
       {"switch:at=0,mask=0xff,a>(length:width=4),else>(delim:end=0a|0d0a)",
        "switch:mask=255,0A>(length:strip=4),else>line"}},
      {"unstick", {"unstick:crc=on"}},
      {"length;check=crc16-ccitt-false",
       {"length;check=crc16-ccitt", "length;check=crc(width=0x10,poly=1021,init=FFFF),at=end",
        "length;check=crc16-ccitt,over=0..,endian=big"}},
      {"delim:end=7e;check=xor8", {"delim:end=7e;check=xor8,at=before-end"}},
      {"delim:end=7e;unescape=map(7d01>7d,7d02>7e)",
       {"delim:end=7e;unescape=map(7d02>7e,7d01>7d)",
        "delim:end=7E;unescape=map('}\\x01'>'}',7D02>'~')"}},
      {"length;preamble=24", {"length;preamble:24", "length;preamble=0x18"}},
      {"length;preamble='a\\r'", {"length;preamble=\"a\\x0d\""}},
      {"length;preamble:until=0d0a",
       {"length;preamble=..\\r\\n", "length;preamble:until='\\r\\n'",
        "length;preamble:until=crlf"}},
      {"length;preamble:client=20,server=4",
       {"length;preamble:server=4,client=20", "length;preamble:client=20;preamble:server=0x4"}},
      {"length;first:client=length(width=2)*3",
       {"length;first:client=length(width=0x2,counts=after)*0x3"}},
      {"length:offset=14,width=2;once;magic=5155@3",
       {"length:offset=14,width=2;magic@3=5155;once", "length:width=2,offset=14;magic='QU'@3;once",
        "length:width=2,offset=14,header=16;once;magic=5155@3"}},
      {"length:trailer=5;magic=aa;end=ce;check=crc32c,at=before-end",
       {"length:trailer=5;check=crc32c,at=before-end;end=ce;magic=AA",
        "length:trailer=5;magic=bb;magic=aa;"
        "check=crc32c,at=before-end;end='\\xce'"}},
      {"length:offset=4;join:last=@3:'F'", {"length:offset=4;join=last=@3:F"}},
      {"length:width=1;check=sum8,over=0..", {"length:width=1;check=sum8,over=0x0.."}},
      {"length:width=3;join:full=16777215", {"length:width=3;join:full=0xffffff"}},
      {"length:mask=0x7fffffff;join:last=0.7", {"length:mask=2147483647;join=last=0.0x7"}},
  };
  return table;
}

TEST(CanonicalSpec, OneFramingHasOneText) {
  for (const Same& same : Table()) {
    std::vector<const char*> all = same.written;
    all.push_back(same.canonical);
    for (const char* text : all) {
      const auto any = AnyFramer::FromSpec(text);
      ASSERT_TRUE(any.ok()) << text << ": " << any.status();
      EXPECT_EQ(any->spec(), same.canonical) << text;
      const auto described = DescribedFramer::FromSpec(text);
      ASSERT_TRUE(described.ok()) << text << ": " << described.status();
      EXPECT_EQ(described->spec(), same.canonical) << text;
    }
  }
}

TEST(CanonicalSpec, HexadecimalNeeds0xAndBytesDoNotHaveIt) {
  EXPECT_FALSE(AnyFramer::FromSpec("switch:mask=c0,40>(line)").ok());
  EXPECT_TRUE(AnyFramer::FromSpec("switch:mask=0xc0,40>(line)").ok());
  EXPECT_TRUE(AnyFramer::FromSpec("switch:mask=192,40>(line)").ok());
  EXPECT_FALSE(AnyFramer::FromSpec("length:mask=ff").ok());
  EXPECT_FALSE(AnyFramer::FromSpec("delim:end=0x0a").ok());
  EXPECT_TRUE(AnyFramer::FromSpec("length:max=0x10KiB").ok());
  EXPECT_FALSE(AnyFramer::FromSpec("length:max=0xzz").ok());
}

}  // namespace
}  // namespace unstick::inline v0
