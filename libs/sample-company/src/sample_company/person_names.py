"""Invented people: Chinese names with the pinyin that logins and mail addresses are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in characters, and its two parts in toneless pinyin."""

    surname: str
    given: str
    surname_pinyin: str
    given_pinyin: str

    @property
    def full(self) -> str:
        return self.surname + self.given

    @property
    def login(self) -> str:
        return self.surname_pinyin + self.given_pinyin

    @property
    def romanised(self) -> str:
        return f"{self.given_pinyin.capitalize()} {self.surname_pinyin.capitalize()}"


def _pairs(table: str) -> tuple[tuple[str, str], ...]:
    words = table.split()
    return tuple(zip(words[::2], words[1::2], strict=True))


# Surnames in the order of their frequency: the first are drawn most.
_SURNAMES = _pairs("""
    王 wang 李 li 张 zhang 陈 chen 刘 liu 徐 xu 周 zhou 吴 wu 朱 zhu 沈 shen 杨 yang 黄 huang 赵 zhao 孙 sun 胡 hu
    林 lin 金 jin 叶 ye 何 he 郑 zheng 潘 pan 蒋 jiang 俞 yu 章 zhang 郭 guo 罗 luo 钱 qian 戴 dai 陆 lu 顾 gu
    冯 feng 邵 shao 许 xu 丁 ding 姚 yao 方 fang 施 shi 汪 wang 谢 xie 董 dong 范 fan 余 yu 程 cheng 唐 tang 曹 cao
    袁 yuan 傅 fu 毛 mao 严 yan 韩 han 楼 lou 孔 kong 任 ren 钟 zhong 骆 luo 裘 qiu 屠 tu 应 ying 柳 liu 茅 mao
    费 fei 闻 wen 盛 sheng 虞 yu 倪 ni 庄 zhuang
""")
_GIVEN = _pairs("""
    志远 zhiyuan 建明 jianming 文斌 wenbin 晓峰 xiaofeng 海涛 haitao 立新 lixin 国庆 guoqing 永康 yongkang
    俊杰 junjie 浩然 haoran 子轩 zixuan 宇航 yuhang 伟东 weidong 志强 zhiqiang 明辉 minghui 少华 shaohua 世杰 shijie
    嘉诚 jiacheng 正平 zhengping 守义 shouyi 益民 yimin 卫国 weiguo 德昌 dechang 光耀 guangyao 学军 xuejun
    永年 yongnian 润生 runsheng 向东 xiangdong 家豪 jiahao 泽宇 zeyu 天佑 tianyou 景行 jingxing 承志 chengzhi
    思源 siyuan 慕白 mubai 云帆 yunfan 丽华 lihua 雅琴 yaqin 晓燕 xiaoyan 秀英 xiuying 慧敏 huimin 佳怡 jiayi
    梦洁 mengjie 雨桐 yutong 诗涵 shihan 婉清 wanqing 静怡 jingyi 文静 wenjing 美玲 meiling 淑贞 shuzhen
    春梅 chunmei 玉兰 yulan 月娥 yuee 亚萍 yaping 欣然 xinran 若溪 ruoxi 思琪 siqi 可馨 kexin 语嫣 yuyan 舒雅 shuya
    亦凡 yifan 清越 qingyue 书瑶 shuyao 念慈 nianci 芳 fang 敏 min 静 jing 磊 lei 洋 yang 勇 yong 艳 yan 杰 jie
    娟 juan 涛 tao 超 chao 霞 xia 平 ping 刚 gang 桂英 guiying 斌 bin 鹏 peng 辉 hui 玲 ling 红 hong 波 bo 琳 lin
    凯 kai 晨 chen 欣 xin 蕾 lei 宁 ning 雯 wen 昊 hao 源 yuan 志鸿 zhihong 建国 jianguo 晓东 xiaodong 海燕 haiyan
    立群 liqun 国梁 guoliang 永安 yongan 俊峰 junfeng 浩宇 haoyu 子墨 zimo 宇轩 yuxuan 伟民 weimin 明哲 mingzhe
    少卿 shaoqing 世昌 shichang 嘉树 jiashu 正阳 zhengyang 益谦 yiqian 学文 xuewen 润泽 runze 向阳 xiangyang
    家骏 jiajun 泽楷 zekai 景明 jingming 承恩 chengen 思齐 siqi 云舟 yunzhou
""")
_WEIGHTS = tuple(1 / (rank + 6) for rank in range(len(_SURNAMES)))


def draw_names(random: Random) -> Iterator[PersonName]:
    """Names without end; as in life some come more than once."""
    while True:
        (surname, surname_pinyin), *_ = random.choices(_SURNAMES, _WEIGHTS)
        given, given_pinyin = random.choice(_GIVEN)
        yield PersonName(surname, given, surname_pinyin, given_pinyin)


def draw_distinct_names(random: Random) -> Iterator[PersonName]:
    """Names of which no two share the pinyin, so that each gives a login of its own."""
    taken: set[str] = set()
    for name in draw_names(random):
        if name.login not in taken:
            taken.add(name.login)
            yield name
